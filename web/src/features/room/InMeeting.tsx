import { useEffect, useState } from 'react'
import { roomMicrophone } from '@/media/microphone'
import type { RoomPreferences } from '@/features/room/preferences'
import { Settings } from '@/features/room/Settings'
import { Publisher } from '@/media/publisher'
import { Viewer } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { BigScreen } from '@/ui/big-screen/BigScreen'
import { Icon } from '@/ui/Icon'
import { Picture } from '@/ui/Playback'
import { useDevice, type DeviceHandle } from '@/ui/use-device'
import { useNow } from '@/ui/use-now'
import { useStore } from '@/ui/use-store'

interface Props {
  meeting: string
  venue: string
  sends: boolean
  preferences: RoomPreferences
  change: (preferences: RoomPreferences) => void
}

/** The cookie of the machine is the only credential. */
const byCookie = () => Promise.resolve(null)
const newViewer = (meeting: string, lost?: () => void) => new Viewer({ meeting, token: byCookie, video: 1, audio: 3, insist: true, ...(lost && { lost }) })

export function InMeeting(props: Props) {
  return props.sends ? <Sending {...props} /> : <Watching {...props} />
}

function Watching({ meeting, preferences }: Props) {
  const [viewer] = useState(() => newViewer(meeting))
  useEffect(() => () => viewer.close(), [viewer])
  return <BigScreen viewer={viewer} speaker={preferences.speaker} />
}

/**
 * The room's camera goes to the relay, and its microphone too: whether anyone hears it is decided there. The room can
 * close it here for good (`F2`), never open it.
 */
function Sending({ meeting, venue, preferences, change }: Props) {
  const camera = useDevice('camera', preferences.camera)
  const microphone = useDevice('microphone', preferences.microphone)
  const picture = camera.state.kind === 'open' ? camera.state.track : null
  const sound = microphone.state.kind === 'open' ? microphone.state.track : null
  const [closedHere, setClosedHere] = useState(false)
  const [settings, setSettings] = useState(false)
  const [{ viewer, publisher }] = useState(() => {
    const publisher = new Publisher({ meeting, token: byCookie, role: 'main', insist: true }, { audio: null, video: null })
    return { publisher, viewer: newViewer(meeting, () => publisher.doubt()) }
  })
  useEffect(
    () => () => {
      viewer.close()
      publisher.close()
    },
    [viewer, publisher],
  )
  useEffect(() => void publisher.set('video', picture), [publisher, picture])
  useEffect(() => void publisher.set('audio', closedHere ? null : sound), [publisher, sound, closedHere])
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.key === 'F2') {
        event.preventDefault()
        setClosedHere(true)
      }
      if (event.key === 'Enter' && !settings) {
        event.preventDefault()
        setSettings(true)
      }
      if (event.key === 'Escape' || event.key === 'BrowserBack') setSettings(false)
    }
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [settings])
  const view = useStore(viewer.state)
  const sending = useStore(publisher.state)
  const shown = roomMicrophone({ present: sound !== null, closedHere, heard: view.heard, viewing: view.phase, sending: sending.phase })
  const onAir = view.publications.some((entry) => entry.participant === view.participant && entry.onAir)
  return (
    <BigScreen viewer={viewer} speaker={preferences.speaker} cornered>
      <Overlay venue={venue} camera={camera} microphone={shown} onAir={onAir} ownPicture={preferences.ownPicture} settings={() => setSettings(true)} />
      {settings && (
        <Settings
          preferences={preferences}
          change={change}
          camera={camera}
          microphone={microphone}
          closedHere={closedHere}
          setClosedHere={setClosedHere}
          close={() => setSettings(false)}
        />
      )}
    </BigScreen>
  )
}

interface OverlayProps {
  venue: string
  camera: DeviceHandle
  microphone: ReturnType<typeof roomMicrophone>
  onAir: boolean
  ownPicture: boolean
  settings: () => void
}

/** In the corner: the room's own picture as the others get it, and whether anyone hears the room. */
function Overlay({ venue, camera, microphone, onAir, ownPicture, settings }: OverlayProps) {
  const words = useText().room
  const faults = useText().join.faults
  const minute = useNow(0).getMinutes()
  const { state } = camera
  const open = microphone === 'open'
  return (
    <aside className={`room-corner slate-shift-${minute % 4}`} aria-label={venue} onDoubleClick={(event) => event.stopPropagation()}>
      {ownPicture && (
        <figure className={`room-own${onAir ? ' room-own-air' : ''}`} aria-label={words.ownPicture}>
          {state.kind === 'open' ? <Picture tracks={[state.track]} muted label={words.ownPicture} /> : <p>{state.kind === 'fault' ? faults[state.fault] : words.noPicture}</p>}
          <figcaption>{onAir ? words.ownOnAir : venue}</figcaption>
        </figure>
      )}
      <div className={`room-microphone${open ? ' room-microphone-open' : ''}`} role="status" onClick={settings}>
        <Icon name={open ? 'microphone' : 'microphone-off'} size={56} />
        <p>
          <strong>{words.microphone[microphone]}</strong>
          <small>{words.microphoneHint[microphone]}</small>
        </p>
      </div>
    </aside>
  )
}
