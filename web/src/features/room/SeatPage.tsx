import { useEffect, useState, type SyntheticEvent } from 'react'
import { attendAtSeat, leaveSeat } from '@/api/panel'
import type { MeetingEntry } from '@/api/generated/wire'
import { ProblemError, type Problem } from '@/api/problem'
import { Idle } from '@/features/room/Idle'
import '@/features/room/room.css'
import { Unpaired } from '@/features/room/Unpaired'
import '@/features/room/seat.css'
import { useSeat } from '@/features/room/use-seat'
import { problemText } from '@/text/problem'
import { useText } from '@/text/use-text'
import { stayAwake } from '@/ui/big-screen/awake'
import '@/ui/big-screen/big-screen.css'
import { Slate } from '@/ui/big-screen/Slate'

/** React focuses no link by itself. The same function each time, so that it does so once. */
const focused = (link: HTMLAnchorElement | null): void => link?.focus()

/** A leader's seat: there after switching on; their PIN, then one button. */
export function SeatPage() {
  const text = useText()
  const words = text.seat
  const seat = useSeat()
  useEffect(() => stayAwake(), [])
  useEffect(() => {
    document.title = `${words.title} · ${text.product}`
  }, [words, text])
  switch (seat.kind) {
    case 'asking':
      return <Slate title={text.productLong} line={text.screen.connecting} help={null} skewMs={0} />
    case 'unpaired':
      return <Unpaired />
    case 'known': {
      const { onAir, next } = seat.now
      if (onAir === null) return <Idle venue={words.of(seat.person)} next={next} />
      return seat.attends === onAir.id ? <Attends person={seat.person} meeting={onAir} /> : <AskPin person={seat.person} meeting={onAir} />
    }
  }
}

const join = (meeting: string): string => `/join/${encodeURIComponent(meeting)}`

function AskPin({ person, meeting }: { person: string; meeting: MeetingEntry }) {
  const text = useText()
  const words = text.seat
  const [pin, setPin] = useState('')
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (pin === '' || asking) return
    setAsking(true)
    attendAtSeat({ pin }).then(
      (seat) => location.assign(join(seat.meeting)),
      (error: unknown) => {
        setPin('')
        setAsking(false)
        setProblem(error instanceof ProblemError ? error.problem : { kind: 'unreachable' })
      },
    )
  }
  return (
    <main className="seat">
      <p className="seat-person">{words.of(person)}</p>
      <h1>{meeting.title}</h1>
      <p className="seat-state">{words.onAir}</p>
      <form onSubmit={submit}>
        <label>
          <span>{words.pin(person)}</span>
          <input type="password" inputMode="numeric" autoComplete="off" autoFocus maxLength={12} value={pin} onChange={(event) => setPin(event.target.value.replace(/\D/gu, ''))} />
        </label>
        <button type="submit" className="room-button room-button-main" aria-disabled={asking || pin === ''}>
          {asking ? words.asking : words.confirm}
        </button>
      </form>
      <p className="seat-line" role="status">
        {problem === null ? words.hint : problemText(text.problem, problem).line}
      </p>
    </main>
  )
}

function Attends({ person, meeting }: { person: string; meeting: MeetingEntry }) {
  const words = useText().seat
  return (
    <main className="seat">
      <p className="seat-person">{words.of(person)}</p>
      <h1>{meeting.title}</h1>
      <p className="seat-state">{words.onAir}</p>
      <div className="seat-ways">
        <a className="room-button room-button-main" href={join(meeting.id)} ref={focused}>
          {words.enter}
        </a>
        <button type="button" className="room-button" onClick={() => void leaveSeat()}>
          {words.leave}
        </button>
      </div>
      <p className="seat-line">{words.leaveHint}</p>
    </main>
  )
}
