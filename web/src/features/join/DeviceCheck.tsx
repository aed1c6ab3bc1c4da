import { useState } from 'react'
import type { Desk } from '@/features/join/JoinPage'
import type { Preferences } from '@/features/join/preferences'
import type { DeviceHandle } from '@/ui/use-device'
import { isSecure, type Device } from '@/media/devices'
import { playTone } from '@/media/sound'
import { useText } from '@/text/use-text'
import { DeviceSelect, useDevices } from '@/ui/DeviceSelect'
import { Icon } from '@/ui/Icon'
import { LanguageSwitch } from '@/ui/LanguageSwitch'
import { LevelMeter } from '@/ui/LevelMeter'
import { Picture } from '@/ui/Playback'

interface Props {
  title: string | null
  /** Whether the person types the name; a token in the address brings its own. */
  named: boolean
  preferences: Preferences
  change: (preferences: Preferences) => void
  desk: Desk
  enter: (sends: boolean) => void
}

/** Camera, microphone and loudspeaker are tried before anyone sees or hears them. */
export function DeviceCheck({ title, named, preferences, change, desk, enter }: Props) {
  const text = useText()
  const words = text.join
  const devices = useDevices(`${desk.camera.state.kind} ${desk.microphone.state.kind}`)
  const { camera, microphone } = desk
  const nameMissing = named && preferences.name.trim() === ''
  return (
    <main className="check">
      <header className="bar">
        <span className="brand">{text.productLong}</span>
        <LanguageSwitch />
      </header>
      <form
        className="check-body"
        onSubmit={(event) => {
          event.preventDefault()
          if (!nameMissing) enter(true)
        }}
      >
        <h1>{title ?? words.title}</h1>
        {!isSecure() && <Insecure />}
        <div className="check-columns">
          <section className="preview" aria-label={words.camera}>
            {camera.state.kind === 'open' ? (
              <Picture tracks={[camera.state.track]} muted label={words.camera} className="mirror" />
            ) : (
              <p className="preview-empty">{camera.state.kind === 'opening' ? words.opening : words.noPreview}</p>
            )}
          </section>
          <section className="check-fields">
            {named && (
              <label className="field">
                <span>{words.name}</span>
                <input value={preferences.name} maxLength={64} placeholder={words.nameHint} autoComplete="off" onChange={(event) => change({ ...preferences, name: event.target.value })} />
              </label>
            )}
            <Choice label={words.camera} device={camera} list={devices.cameras} value={preferences.camera} choose={(id) => change({ ...preferences, camera: id })} />
            <Choice label={words.microphone} device={microphone} list={devices.microphones} value={preferences.microphone} choose={(id) => change({ ...preferences, microphone: id })} />
            {microphone.state.kind === 'open' && (
              <div className="field-note">
                <LevelMeter track={microphone.state.track} label={words.level} />
                <span>{words.levelHint}</span>
              </div>
            )}
            <Speaker list={devices.speakers} value={preferences.speaker} choose={(speaker) => change({ ...preferences, speaker })} />
          </section>
          <section className="check-enter">
            <p>{words.startsClosed}</p>
            <button type="submit" className="button button-primary button-large" disabled={nameMissing}>
              {words.enter}
            </button>
            {nameMissing && <p className="reason">{words.nameMissing}</p>}
            <button type="button" className="link" onClick={() => enter(false)}>
              {words.watchOnly}
            </button>
          </section>
        </div>
      </form>
    </main>
  )
}

function Choice({ label, device, list, value, choose }: { label: string; device: DeviceHandle; list: Device[]; value: string | null; choose: (id: string | null) => void }) {
  const words = useText().join
  const { state } = device
  return (
    <div className="field">
      <label>
        <span>{label}</span>
        <DeviceSelect label={label} list={list} value={value ?? ''} choose={(id) => choose(id === '' ? null : id)} />
      </label>
      {state.kind === 'fault' && (
        <p className="fault" role="alert">
          <Icon name="warning" size={20} />
          <span>{words.faults[state.fault]}</span>
          {state.fault !== 'insecure' && state.fault !== 'unsupported' && (
            <button type="button" className="link" onClick={device.open}>
              {words.retry}
            </button>
          )}
        </p>
      )}
    </div>
  )
}

function Speaker({ list, value, choose }: { list: Device[]; value: string; choose: (id: string) => void }) {
  const words = useText().join
  const [playing, setPlaying] = useState(false)
  const test = () => {
    setPlaying(true)
    void playTone(value)
      .catch(() => undefined)
      .then(() => setPlaying(false))
  }
  return (
    <div className="field">
      <label>
        <span>{words.speaker}</span>
        <DeviceSelect label={words.speaker} list={list} value={value} choose={choose} />
      </label>
      <button type="button" className="button button-quiet" disabled={playing} onClick={test}>
        <Icon name="speaker" size={20} />
        {playing ? words.testing : words.testSpeaker}
      </button>
    </div>
  )
}

/** Where the root certificate is explained: the plain page of the same machine. */
function Insecure() {
  const words = useText().join
  return (
    <section className="insecure" role="alert">
      <Icon name="warning" size={28} />
      <div>
        <h2>{words.insecureTitle}</h2>
        <p>
          {words.insecureBody} {words.insecureWatch}
        </p>
        <a href={`http://${location.hostname}:8080/`}>{words.insecureLink}</a>
      </div>
    </section>
  )
}
