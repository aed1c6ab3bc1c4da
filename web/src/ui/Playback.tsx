import { useEffect, useRef, type RefObject } from 'react'
import { playOn } from '@/media/sound'

interface Options {
  tracks: MediaStreamTrack[]
  speaker: string
  muted: boolean
  /** The browser wants a gesture before sound. */
  blocked: (() => void) | undefined
}

/** Binds tracks to a media element and starts it. `muted` is set before play, and the element is left alone while nothing changes. */
function usePlayback(elementRef: RefObject<HTMLMediaElement | null>, { tracks, speaker, muted, blocked }: Options): void {
  const key = tracks.map((track) => track.id).join()
  const latest = useRef(tracks)
  const whenBlocked = useRef(blocked)
  useEffect(() => {
    latest.current = tracks
    whenBlocked.current = blocked
  })
  useEffect(() => {
    const target = elementRef.current
    if (target === null) return
    target.srcObject = key === '' ? null : new MediaStream(latest.current)
    return () => {
      target.srcObject = null
    }
  }, [elementRef, key])
  useEffect(() => {
    const target = elementRef.current
    if (target === null || key === '') return
    target.muted = muted
    target.play().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'NotAllowedError') whenBlocked.current?.()
    })
  }, [elementRef, key, muted])
  useEffect(() => {
    if (elementRef.current !== null) void playOn(elementRef.current, speaker)
  }, [elementRef, speaker])
}

interface Props {
  tracks: MediaStreamTrack[]
  speaker?: string
  muted?: boolean
  blocked?: () => void
  label?: string
  className?: string
}

/** A picture, with sound if one of its tracks is sound. */
export function Picture({ tracks, speaker = '', muted = false, blocked, label, className }: Props) {
  const elementRef = useRef<HTMLVideoElement>(null)
  usePlayback(elementRef, { tracks, speaker, muted, blocked })
  return <video ref={elementRef} autoPlay playsInline disablePictureInPicture aria-label={label} className={className} />
}

/** Sound without a picture. */
export function Sound({ tracks, speaker = '', muted = false, blocked }: Props) {
  const elementRef = useRef<HTMLAudioElement>(null)
  usePlayback(elementRef, { tracks, speaker, muted, blocked })
  return <audio ref={elementRef} autoPlay />
}
