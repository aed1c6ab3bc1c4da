import { useEffect, useState } from 'react'
import { countdown, reminder } from '@/lib/countdown'
import { recall, recallHere, remember, rememberHere } from '@/lib/memory'
import { playTone } from '@/media/sound'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'
import './countdown.css'

const SWITCH = 'yunling.reminder-sound'
const HEARD = 'yunling.reminded'

/** The last moment that was heard in this tab of a meeting with this start, also before a reload. */
function heardOf(startsAtMs: number): number | null {
  const [starts, moment] = (recallHere(HEARD) ?? '').split(' ').map(Number)
  return starts === startsAtMs && moment !== undefined ? moment : null
}

interface Props {
  /** Of which meeting; left out where it stands beside. */
  title?: string
  startsAtMs: number
  /** Whether somebody sits there who may switch the sound off. */
  attended?: boolean
}

/** How long until a meeting begins, in words; two soft tones an hour, 30, 10 minutes and one minute before. */
export function Countdown({ title, startsAtMs, attended = false }: Props) {
  const words = useText().countdown
  const now = useNow(0).getTime()
  const [on, setOn] = useState(!attended || recall(SWITCH) !== 'off')
  const [blocked, setBlocked] = useState(false)
  useEffect(() => {
    const due = reminder(startsAtMs, now, heardOf(startsAtMs))
    if (due === null) return
    rememberHere(HEARD, `${startsAtMs} ${due}`)
    // Browsers are silent until somebody touches the page: then that is said, and the words stand there all the same.
    if (on)
      playTone('').then(
        () => setBlocked(false),
        () => setBlocked(true),
      )
  }, [startsAtMs, now, on])
  const said = countdown(startsAtMs, now)
  if (said === null) return null
  const soon = said.kind === 'due' || said.minutes <= 10
  const toggle = () => {
    remember(SWITCH, on ? 'off' : 'on')
    setOn(!on)
    if (!on)
      playTone('').then(
        () => setBlocked(false),
        () => setBlocked(true),
      )
  }
  return (
    <div className={soon ? 'countdown soon' : 'countdown'}>
      <p role="timer">
        {title !== undefined && <strong>{title}</strong>}
        <span>{said.kind === 'due' ? words.due : words.left(said.minutes)}</span>
      </p>
      {attended && (
        <button type="button" aria-pressed={on} onClick={toggle}>
          {on ? words.soundOff : words.soundOn}
        </button>
      )}
      {blocked && on && <small role="status">{attended ? words.blocked : words.blockedHere}</small>}
    </div>
  )
}
