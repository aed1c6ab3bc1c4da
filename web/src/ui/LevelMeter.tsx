import { useEffect, useRef } from 'react'
import { meter } from '@/media/sound'

/** A bar that follows a track's sound. Written straight into the element: ten times a second is no matter for React. */
export function LevelMeter({ track, label }: { track: MediaStreamTrack; label: string }) {
  const barRef = useRef<HTMLDivElement>(null)
  useEffect(
    () =>
      meter(track, (level) => {
        const bar = barRef.current
        if (bar === null) return
        bar.style.transform = `scaleX(${level.toFixed(3)})`
        bar.parentElement?.setAttribute('aria-valuenow', String(Math.round(level * 100)))
      }),
    [track],
  )
  return (
    <div className="meter" role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0}>
      <div ref={barRef} className="meter-bar" />
    </div>
  )
}
