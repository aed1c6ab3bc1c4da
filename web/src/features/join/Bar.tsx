import { useState } from 'react'
import type { Desk } from '@/features/join/JoinPage'
import type { MeetingHandle } from '@/features/join/use-meeting'
import { bitrate, milliseconds, percent } from '@/lib/format'
import { quality } from '@/media/stats'
import { useText } from '@/text/use-text'
import { Icon, type IconName } from '@/ui/Icon'

interface Props {
  handle: MeetingHandle
  desk: Desk | null
  leave: () => void
}

/** The state of the microphone in large letters, the few buttons, and one line on the network. */
export function Bar({ handle, desk, leave }: Props) {
  const words = useText().join
  const [asking, setAsking] = useState(false)
  const { microphone, sharing } = handle
  const hasMicrophone = desk?.microphone.state.kind === 'open' && handle.sending !== null
  const cameraOpen = desk?.camera.state.kind === 'open'
  return (
    <footer className="controls">
      <div className="controls-state">
        <MicrophoneState handle={handle} desk={desk} />
        <Network handle={handle} />
      </div>
      <div className="controls-buttons">
        {asking ? (
          <div className="ask" role="alertdialog" aria-label={words.leaveQuestion}>
            <span>{words.leaveQuestion}</span>
            <Action name="leave" label={words.leaveConfirm} tone="danger" run={leave} />
            <button type="button" className="action" autoFocus onClick={() => setAsking(false)}>
              {words.stay}
            </button>
          </div>
        ) : (
          <>
            {desk !== null && handle.sending !== null && (
              <>
                <Action
                  name={microphone.open ? 'microphone-off' : 'microphone'}
                  label={microphone.open ? words.closeMicrophone : words.openMicrophone}
                  tone={microphone.open ? 'live' : 'primary'}
                  disabled={!hasMicrophone}
                  run={() => microphone.set(!microphone.open)}
                />
                <Action
                  name={cameraOpen ? 'camera-off' : 'camera'}
                  label={cameraOpen ? words.closeCamera : words.openCamera}
                  run={cameraOpen ? desk.camera.close : desk.camera.open}
                />
                {sharing.kind === 'on' ? (
                  <Action name="content" label={words.stopContent} tone="live" run={handle.stopSharing} />
                ) : (
                  <Action name="content" label={words.shareContent} run={handle.share} />
                )}
              </>
            )}
            <Action name="leave" label={words.leave} tone="leave" run={() => setAsking(true)} />
          </>
        )}
      </div>
      {sharing.kind === 'fault' && (
        <p className="controls-fault" role="alert">
          {words.sharingFault}：{words.faults[sharing.fault]}
        </p>
      )}
    </footer>
  )
}

function Action({ name, label, tone = 'plain', disabled = false, run }: { name: IconName; label: string; tone?: 'plain' | 'primary' | 'live' | 'leave' | 'danger'; disabled?: boolean; run: () => void }) {
  return (
    <button type="button" className={`action action-${tone}`} disabled={disabled} onClick={run}>
      <Icon name={name} size={26} />
      <span>{label}</span>
    </button>
  )
}

/** Whether this desk can be heard: always visible, in words and sign. */
function MicrophoneState({ handle, desk }: { handle: MeetingHandle; desk: Desk | null }) {
  const words = useText().join
  if (desk === null || handle.sending === null) return <p className="microphone-state">{words.watching}</p>
  const { state } = desk.microphone
  if (state.kind !== 'open') {
    return (
      <div className="microphone-state" role="status">
        <Icon name="microphone-off" size={48} />
        <p>
          <strong>{words.microphoneNone}</strong>
          {state.kind === 'fault' && <small>{words.faults[state.fault]}</small>}
        </p>
      </div>
    )
  }
  const { open } = handle.microphone
  const hint = !open ? words.microphoneClosedHint : handle.view.heard === false ? words.microphoneUnheard : words.microphoneHeard
  return (
    <div className={`microphone-state${open ? ' microphone-open' : ''}`} role="status">
      <Icon name={open ? 'microphone' : 'microphone-off'} size={48} />
      <p>
        <strong>{open ? words.microphoneOpen : words.microphoneClosed}</strong>
        <small>{hint}</small>
      </p>
    </div>
  )
}

function Network({ handle }: { handle: MeetingHandle }) {
  const words = useText().join
  const { phase, figures, connected } = handle.view
  const sending = handle.sending?.figures ?? null
  if (phase.kind === 'repairing') return <Verdict tone="fair" line={words.repairing} />
  if (phase.kind !== 'live') return <Verdict tone="poor" line={words.reconnecting} />
  if (!connected) return <Verdict tone="unknown" line={words.connecting} />
  if (figures === null) return <Verdict tone="unknown" line={words.quality.unknown} />
  const lossOut = sending?.lossOut ?? null
  const verdict = quality({ ...figures, lossOut })
  const loss = Math.max(figures.lossIn, lossOut ?? 0)
  return <Verdict tone={verdict} line={words.quality[verdict]} detail={words.figures(percent(loss), milliseconds(figures.rttMs), bitrate(figures.bpsIn))} />
}

function Verdict({ tone, line, detail = '' }: { tone: 'good' | 'fair' | 'poor' | 'unknown'; line: string; detail?: string }) {
  return (
    <p className={`network network-${tone}`} title={detail}>
      <i aria-hidden="true" />
      {line}
      {detail !== '' && <small>{detail}</small>}
    </p>
  )
}
