import { useEffect, useRef, useState } from 'react'
import type { RoomPreferences } from '@/features/room/preferences'
import { playTone } from '@/media/sound'
import { useText } from '@/text/use-text'
import { DeviceSelect, useDevices } from '@/ui/DeviceSelect'
import { LevelMeter } from '@/ui/LevelMeter'
import type { DeviceHandle } from '@/ui/use-device'

interface Props {
  preferences: RoomPreferences
  change: (preferences: RoomPreferences) => void
  camera: DeviceHandle
  microphone: DeviceHandle
  closedHere: boolean
  setClosedHere: (closed: boolean) => void
  close: () => void
}

/** Which camera, microphone and loudspeaker are the room's; remembered on this machine. Escape closes it. */
export function Settings({ preferences, change, camera, microphone, closedHere, setClosedHere, close }: Props) {
  const text = useText()
  const words = text.room
  const join = text.join
  const placeRef = useRef<HTMLElement>(null)
  const devices = useDevices(`${camera.state.kind} ${microphone.state.kind}`)
  const [testing, setTesting] = useState(false)
  useEffect(() => placeRef.current?.querySelector('button')?.focus(), [])
  const id = (value: string) => (value === '' ? null : value)
  const test = () => {
    setTesting(true)
    void playTone(preferences.speaker)
      .catch(() => undefined)
      .then(() => setTesting(false))
  }
  const fault = (device: DeviceHandle) =>
    device.state.kind === 'fault' && (
      <p className="room-fault" role="alert">
        {join.faults[device.state.fault]}
        <button type="button" className="room-button" onClick={device.open}>
          {join.retry}
        </button>
      </p>
    )
  return (
    <section ref={placeRef} className="room-settings" role="dialog" aria-modal="true" aria-label={words.settings} onClick={(event) => event.stopPropagation()}>
      <h2>{words.settings}</h2>
      <button type="button" className={`room-button${closedHere ? '' : ' room-button-main'}`} onClick={() => setClosedHere(!closedHere)}>
        {closedHere ? words.allow : words.closeHere}
        {!closedHere && <kbd>{'F2'}</kbd>}
      </button>
      <label>
        <span>{join.camera}</span>
        <DeviceSelect label={join.camera} list={devices.cameras} value={preferences.camera ?? ''} choose={(value) => change({ ...preferences, camera: id(value) })} />
      </label>
      {fault(camera)}
      <label>
        <span>{join.microphone}</span>
        <DeviceSelect label={join.microphone} list={devices.microphones} value={preferences.microphone ?? ''} choose={(value) => change({ ...preferences, microphone: id(value) })} />
      </label>
      {microphone.state.kind === 'open' && <LevelMeter track={microphone.state.track} label={join.level} />}
      {fault(microphone)}
      <label>
        <span>{join.speaker}</span>
        <DeviceSelect label={join.speaker} list={devices.speakers} value={preferences.speaker} choose={(speaker) => change({ ...preferences, speaker })} />
      </label>
      <button type="button" className="room-button" disabled={testing} onClick={test}>
        {testing ? join.testing : join.testSpeaker}
      </button>
      <label className="room-check">
        <input type="checkbox" checked={preferences.ownPicture} onChange={(event) => change({ ...preferences, ownPicture: event.target.checked })} />
        <span>{words.showOwn}</span>
      </label>
      <button type="button" className="room-button" onClick={close}>
        {words.back}
        <kbd>{'Esc'}</kbd>
      </button>
    </section>
  )
}
