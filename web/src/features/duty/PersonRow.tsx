import { useEffect, useRef } from 'react'
import type { Steer } from '@/features/duty/use-steer'
import { Action } from '@/panel/Action'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import type { MicrophoneState, Participant } from '@/panel/people'
import type { Powers } from '@/panel/places'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

/** What keys press in this row. */
export interface RowButtons {
  row: HTMLLIElement | null
  putOnAir: HTMLButtonElement | null
  microphone: HTMLButtonElement | null
}

interface Props {
  person: Participant
  digit: number | null
  /** Whether the keys on the buttons are this row's. */
  chosen: boolean
  choose: () => void
  register: (buttons: RowButtons | null) => void
  powers: Powers
  steer: Steer
  remove: () => void
}

/** One participant: the picture in words, the microphone in words and sign, and what can be done. */
export function PersonRow({ person, digit, chosen, choose, register, powers, steer, remove }: Props) {
  const words = useText().panel.duty
  const rowRef = useRef<HTMLLIElement>(null)
  const putOnAirRef = useRef<HTMLButtonElement>(null)
  const microphoneRef = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    register({ row: rowRef.current, putOnAir: putOnAirRef.current, microphone: microphoneRef.current })
    return () => register(null)
  })
  const { name, picture, connected } = person
  const size = picture.kind === 'live' && picture.size !== null ? `${picture.size[0]}×${picture.size[1]}` : ''
  const closed = person.microphone === 'closed'
  const leg = person.kind === 'leg'
  const say = leg
    ? { open: words.openSound, armed: words.openSoundArmed, close: words.closeSound }
    : { open: words.openMicrophone, armed: words.openMicrophoneArmed, close: words.closeMicrophone }
  return (
    <li ref={rowRef} tabIndex={-1} className={`person${chosen ? ' person-chosen' : ''}${person.onAir ? ' person-air' : ''}`} onFocus={choose} onClick={choose} aria-label={name}>
      <div className="person-who">
        {digit !== null && <kbd>{digit}</kbd>}
        <div>
          <strong>{name}</strong>
          {person.onAir && <span className="person-mark">{words.programmeMark}</span>}
          <span className="person-kind">{words.kind[person.kind]}</span>
          <p className={`person-picture person-picture-${picture.kind}`}>
            <Icon name={picture.kind === 'live' ? 'camera' : 'camera-off'} size={20} />
            <span>{words.picture(picture.kind, size)}</span>
            {!connected && <span className="person-connection">{words.notConnected}</span>}
          </p>
        </div>
      </div>
      <Microphone state={person.microphone} leg={leg} />
      <div className="person-actions">
        <Action
          ref={putOnAirRef}
          label={words.putOnAir}
          armedLabel={words.putOnAirArmed(name)}
          tone="primary"
          shortcut={chosen ? 'F8' : undefined}
          can={can.putOnAir(powers, person)}
          run={() => steer.putOnAir(person.id)}
          busy={steer.busy}
        />
        {closed ? (
          <Action
            key="open"
            ref={microphoneRef}
            label={say.open(name)}
            armedLabel={say.armed(name)}
            shortcut={chosen ? 'F4' : undefined}
            can={can.microphone(powers)}
            run={() => steer.setMicrophone(person.id, true)}
            busy={steer.busy}
          />
        ) : (
          <Action
            key="close"
            ref={microphoneRef}
            label={say.close(name)}
            tone="safe"
            shortcut={chosen ? 'F4' : undefined}
            can={can.microphone(powers)}
            run={() => steer.setMicrophone(person.id, false)}
            busy={steer.busy}
          />
        )}
        <OffButton type="text" can={can.remove(powers, person)} onClick={remove}>
          {words.remove}
        </OffButton>
      </div>
    </li>
  )
}

function Microphone({ state, leg }: { state: MicrophoneState; leg: boolean }) {
  const words = useText().panel.duty
  return (
    <p className={`person-microphone person-microphone-${state}`}>
      <Icon name={leg ? (state === 'closed' ? 'speaker-off' : 'speaker') : state === 'closed' ? 'microphone-off' : 'microphone'} size={48} />
      <span>
        <strong>{leg ? words.sound[state] : words.microphone[state]}</strong>
        <small>{leg ? words.soundHint[state] : words.microphoneHint[state]}</small>
      </span>
    </p>
  )
}
