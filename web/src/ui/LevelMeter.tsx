import { useEffect, useRef } from 'react'
import { meter } from '@/media/sound'

/** A bar that follows a track's sound. Written straight into the element: ten times a second is no matter for React. */
export function LevelMeter({ track, label }: { track: MediaStreamTrack; label: string }) {
  const coverRef = useRef<HTMLDivElement>(null)
  useEffect(
    () =>
      meter(track, (level) => {
        const cover = coverRef.current
        if (cover === null) return
        cover.style.transform = `scaleX(${(1 - level).toFixed(3)})`
        cover.parentElement?.setAttribute('aria-valuenow', String(Math.round(level * 100)))
      }),
    [track],
  )
  return (
    <div className="meter" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0}>
      <div ref={coverRef} className="meter-cover" />
    </div>
  )
}
