import { useEffect, useMemo, useState } from 'react'
import type { Desk } from '@/features/join/JoinPage'
import { openContent, type DeviceFault } from '@/media/devices'
import { Publisher, type PublisherState } from '@/media/publisher'
import type { TokenSource } from '@/media/session'
import { Store } from '@/media/store'
import { Viewer, type ViewerState } from '@/media/viewer'
import { useStore } from '@/ui/use-store'

/** Lines of this page: the main picture and eight beside it, the programme's sound and the two next voices. */
const VIDEO_LINES = 9
const AUDIO_LINES = 3

export type Sharing = { kind: 'off' } | { kind: 'on'; publisher: Publisher } | { kind: 'fault'; fault: DeviceFault }

export interface MeetingHandle {
  viewer: Viewer
  view: ViewerState
  /** `null` on a page that only watches. */
  sending: PublisherState | null
  microphone: { open: boolean; set: (open: boolean) => void }
  sharing: Sharing
  share: () => void
  stopSharing: () => void
}

const NOT_SENDING = new Store<PublisherState | null>(null)

/** One stay in a meeting: a session that looks, one that sends, perhaps one with content. All end with the component. */
export function useMeeting(meeting: string, token: TokenSource, desk: Desk | null): MeetingHandle {
  const camera = desk?.camera.state.kind === 'open' ? desk.camera.state.track : null
  const sound = desk?.microphone.state.kind === 'open' ? desk.microphone.state.track : null
  const [{ viewer, publisher }] = useState(() => {
    // The microphone starts closed: nothing of it leaves this desk before somebody opens it.
    const publisher = desk === null || !usable(desk) ? null : new Publisher({ meeting, token, role: 'main' }, { audio: null, video: camera })
    return { publisher, viewer: new Viewer({ meeting, token, video: VIDEO_LINES, audio: AUDIO_LINES, insist: false, lost: () => publisher?.doubt() }) }
  })
  const [open, setOpen] = useState(false)
  const [sharing, setSharing] = useState<Sharing>({ kind: 'off' })

  useEffect(
    () => () => {
      viewer.close()
      publisher?.close()
    },
    [viewer, publisher],
  )
  useEffect(() => void publisher?.set('video', camera), [publisher, camera])
  useEffect(() => {
    void publisher?.set('audio', open ? sound : null)
    if (sound === null) return
    sound.enabled = open
    return () => {
      sound.enabled = true
    }
  }, [publisher, sound, open])
  useEffect(() => {
    if (sharing.kind === 'on') return () => sharing.publisher.close()
    return undefined
  }, [sharing])

  const share = () => {
    void openContent().then((chosen) => {
      if (typeof chosen === 'string') {
        // Closing the browser's own dialog is no fault.
        setSharing(chosen === 'denied' ? { kind: 'off' } : { kind: 'fault', fault: chosen })
        return
      }
      const content = new Publisher({ meeting, token, role: 'content' }, { audio: chosen.audio, video: chosen.video })
      const stop = () => setSharing((now) => (now.kind === 'on' && now.publisher === content ? { kind: 'off' } : now))
      chosen.video.addEventListener('ended', stop)
      content.state.subscribe(() => content.state.get().phase.kind === 'ended' && stopTracks(chosen))
      setSharing({ kind: 'on', publisher: content })
    })
  }
  const view = useStore(viewer.state)
  const sending = useStore<PublisherState | null>(publisher?.state ?? NOT_SENDING)
  const microphone = useMemo(() => ({ open, set: setOpen }), [open])
  return { viewer, view, sending, microphone, sharing, share, stopSharing: () => setSharing({ kind: 'off' }) }
}

const usable = (desk: Desk): boolean => desk.camera.state.kind !== 'fault' || desk.microphone.state.kind !== 'fault'

function stopTracks(chosen: { video: MediaStreamTrack; audio: MediaStreamTrack | null }): void {
  chosen.video.stop()
  chosen.audio?.stop()
}
