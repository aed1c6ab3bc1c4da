import { Button, Input, type InputRef, Tag } from 'antd'
import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { changeAttendee } from '@/api/attendance'
import type { AttendanceList } from '@/api/generated/wire'
import '@/features/attendance/door.css'
import { Figures } from '@/features/attendance/Figures'
import { useAttendance, useDoor } from '@/features/attendance/use-attendance'
import { comes, everybody, found, type Listed } from '@/lib/attendance'
import { clock, hourMinute, left } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { attendanceOf } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

/** Most rows at once: what a screen holds. Whoever comes gives a number or a name. */
const ROWS = 30

const UNDO = 'F4'

/** The desk at the door: a number or a name and Enter, or one tap on a row. */
export function Door({ meeting }: { meeting: string }) {
  const text = useText()
  const words = text.panel.signIn
  const attending = useAttendance(meeting)
  const door = useDoor(meeting)
  const nowMs = useNow(attending.skewMs).getTime()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const [last, setLast] = useState<string | null>(null)
  const inputRef = useRef<InputRef>(null)
  const { data } = attending
  const people = everybody(data?.units ?? [])
  const matches = found(people, typed)
  const chosen = matches[Math.min(at, matches.length - 1)]
  const latest = people.find(({ id }) => id === last)
  const paper = data?.hours.phase === 'over'
  const asNumber = /^\d+$/.test(typed.trim())

  const type = (next: string) => {
    setTyped(next)
    setAt(0)
    door.reset()
    attending.forget()
  }
  const ready = () => {
    type('')
    inputRef.current?.focus()
  }
  const sign = (person: Listed) =>
    door.mutate(
      { kind: 'sign', body: { attendee: person.id, means: paper ? 'paper' : asNumber ? 'number' : 'list' } },
      {
        onSuccess: () => {
          setLast(person.id)
          ready()
        },
        onError: () => inputRef.current?.select(),
      },
    )
  const comesAfterAll = (person: Listed) => attending.take(() => changeAttendee(meeting, person.id, { answer: { kind: 'confirmed' } }), () => sign(person))
  const undo = (person: Listed) =>
    door.mutate(
      { kind: 'undo', attendee: person.id },
      {
        onSuccess: () => {
          setLast(null)
          inputRef.current?.focus()
        },
      },
    )
  const enter = () => {
    // With nothing typed Enter would sign in whoever happens to stand first.
    if (chosen === undefined || typed.trim() === '') return
    if (chosen.signed !== null) setLast(chosen.id)
    else if (chosen.answer.kind === 'leave') comesAfterAll(chosen)
    else sign(chosen)
  }
  useShortcuts({ [UNDO]: () => latest !== undefined && latest.signed !== null && undo(latest) })
  return (
    <PageFrame
      title={words.title}
      {...(data !== undefined && { hint: data.title })}
      actions={
        <Link href={attendanceOf(meeting)}>
          <Button size="large">{text.panel.attendance.toList}</Button>
        </Link>
      }
    >
      <ProblemLine error={attending.error ?? door.error ?? attending.refused} />
      {data !== undefined && (
        <div className="door">
          <section className="door-find">
            <When list={data} nowMs={nowMs} />
            <Input
              ref={inputRef}
              autoFocus
              size="large"
              className="door-input"
              aria-label={words.search}
              placeholder={words.hint}
              value={typed}
              autoComplete="off"
              onChange={(event) => type(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && !event.repeat && !event.nativeEvent.isComposing) enter()
                if (event.key === 'Escape') type('')
                if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
                event.preventDefault()
                setAt(Math.max(0, Math.min(matches.length - 1, ROWS - 1, at + (event.key === 'ArrowDown' ? 1 : -1))))
              }}
            />
            <p className="door-keys quiet">{words.keys}</p>
            <ol className="door-people">
              {matches.slice(0, ROWS).map((person) => (
                <Row key={person.id} person={person} chosen={typed.trim() !== '' && person.id === chosen?.id} paper={paper} sign={() => sign(person)} back={() => comesAfterAll(person)} undo={() => undo(person)} />
              ))}
            </ol>
            {matches.length > ROWS && <p className="quiet">{words.more(matches.length - ROWS)}</p>}
            {matches.length === 0 && <p className="door-none">{words.nobody}</p>}
          </section>
          <aside className="door-side">
            <p className="door-clock">{clock(new Date(nowMs))}</p>
            <Figures figures={data.figures} large />
            {latest !== undefined && latest.signed !== null && (
              <section className="door-last" aria-label={words.last} role="status">
                <h3>{words.last}</h3>
                <p className="door-name">{comes(latest)}</p>
                <p>{words.welcome(latest.number, latest.unitName)}</p>
                <p>
                  {words.signed(hourMinute(latest.signed.atMs))} {latest.signed.late && <Tag color="red">{text.panel.attendance.late}</Tag>}
                </p>
                <Button onClick={() => undo(latest)}>
                  {words.undoLast(comes(latest))} <kbd>{UNDO}</kbd>
                </Button>
              </section>
            )}
          </aside>
        </div>
      )}
    </PageFrame>
  )
}

/** Whether people sign in now, and what it means if they do. */
function When({ list, nowMs }: { list: AttendanceList; nowMs: number }) {
  const words = useText().panel.signIn
  const { phase, opensAtMs, closesAtMs } = list.hours
  if (phase === 'cancelled') return <p className="door-when door-shut">{words.cancelled}</p>
  if (phase === 'over') return <p className="door-when door-paper">{words.over}</p>
  if (nowMs < opensAtMs)
    return (
      <p className="door-when door-shut">
        {words.opensAt(hourMinute(opensAtMs))}
        {opensAtMs - nowMs < 3_600_000 && ` · ${words.opensIn(left(opensAtMs, nowMs))}`}
      </p>
    )
  return <p className={nowMs >= closesAtMs ? 'door-when door-late' : 'door-when door-open'}>{nowMs >= closesAtMs ? words.lateNow : words.open(hourMinute(closesAtMs))}</p>
}

interface RowProps {
  person: Listed
  chosen: boolean
  paper: boolean
  sign: () => void
  back: () => void
  undo: () => void
}

function Row({ person, chosen, paper, sign, back, undo }: RowProps) {
  const text = useText()
  const words = text.panel.signIn
  const { attendance } = text.panel
  const { answer, signed } = person
  const name = comes(person)
  const of = (word: string) => `${word}${text.colon}${name}`
  return (
    <li className={`door-row${chosen ? ' door-row-chosen' : ''}${signed === null ? '' : ' door-row-signed'}`} aria-label={name} aria-current={chosen ? 'true' : undefined}>
      <span className="door-number">{person.number}</span>
      <span className="door-who">
        <strong>{name}</strong> <span>{answer.kind === 'standIn' ? words.standsIn(person.name) : person.position}</span>
        <small>{person.unitName}</small>
      </span>
      <span className="door-state">
        {answer.kind === 'leave' && <Tag color="orange">{attendance.answer.leave}</Tag>}
        {answer.kind === 'standIn' && <Tag color="blue">{attendance.answer.standIn}</Tag>}
        {answer.kind === 'absent' && <Tag color="red">{attendance.answer.absent}</Tag>}
        {signed?.late === true && <Tag color="red">{attendance.late}</Tag>}
        {signed !== null && <span>{words.signed(hourMinute(signed.atMs))}</span>}
      </span>
      {signed !== null ? (
        <Button aria-label={of(words.undo)} onClick={undo}>
          {words.undo}
        </Button>
      ) : answer.kind === 'leave' ? (
        <Button size="large" aria-label={of(words.backFromLeave)} onClick={back}>
          {words.backFromLeave}
        </Button>
      ) : (
        <Button type="primary" size="large" aria-label={of(paper ? words.signPaper : words.sign)} onClick={sign}>
          {paper ? words.signPaper : words.sign}
        </Button>
      )}
    </li>
  )
}
