import { useCallback, useState } from 'react'
import type { Cue } from '@/features/library/cues'

/** The cues of a `<track>`, read by the browser, and what to give it as `ref`. */
export function useCues(): [Cue[], (track: HTMLTrackElement | null) => (() => void) | undefined] {
  const [cues, setCues] = useState<Cue[]>([])
  const ref = useCallback((track: HTMLTrackElement | null) => {
    if (track === null) return undefined
    // Read, not shown.
    track.track.mode = 'hidden'
    const read = () => setCues([...(track.track.cues ?? [])].map((cue) => ({ from: cue.startTime, to: cue.endTime, text: 'text' in cue ? String(cue.text) : '' })))
    track.addEventListener('load', read)
    return () => track.removeEventListener('load', read)
  }, [])
  return [cues, ref]
}
