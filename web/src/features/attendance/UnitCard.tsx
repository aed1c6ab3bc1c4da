import { Button, Select, Tag } from 'antd'
import { useState } from 'react'
import { confirmUnit, placeUnit, removeAttendee, uninvite } from '@/api/attendance'
import type { AttendanceList, AttendeeEntry, InvitedUnit } from '@/api/generated/wire'
import type { Attending } from '@/features/attendance/use-attendance'
import { hourMinute, moment } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { useText } from '@/text/use-text'

export const STANDING_COLOUR = { notified: 'default', read: 'blue', confirmed: 'green', changed: 'orange' } as const
export const ANSWER_COLOUR = { expected: 'default', confirmed: 'green', leave: 'orange', standIn: 'blue', absent: 'red' } as const

interface Props {
  meeting: string
  unit: InvitedUnit
  list: AttendanceList
  attending: Attending
  add: () => void
  change: (person: AttendeeEntry) => void
}

/** One invited unit: where its people come to, its receipt, and its people. */
export function UnitCard({ meeting, unit, list, attending, add, change }: Props) {
  const text = useText()
  const words = text.panel.attendance
  const [asking, setAsking] = useState<'unit' | AttendeeEntry | null>(null)
  const { receipt, people } = unit
  const settled = list.hours.phase === 'cancelled'
  const close = () => {
    attending.forget()
    setAsking(null)
  }
  return (
    <section className="att-unit" aria-label={unit.name}>
      <header>
        <h3>
          {unit.name} <small>{people.length === 0 ? words.nobody : words.people(people.length)}</small>
        </h3>
        <p className="att-receipt">
          <Tag color={STANDING_COLOUR[receipt.standing]}>{words.standing[receipt.standing]}</Tag>
          <span className="quiet">
            {receipt.confirmedAtMs !== null && receipt.standing === 'confirmed'
              ? words.confirmedAt(receipt.confirmedBy, moment(receipt.confirmedAtMs, text.locale))
              : receipt.readAtMs !== null && receipt.standing === 'read'
                ? words.readAt(receipt.readBy, moment(receipt.readAtMs, text.locale))
                : !unit.hasLiaison && receipt.standing !== 'confirmed' && words.noLiaison}
          </span>
        </p>
        {!settled && (
          <div className="att-unit-acts">
            {list.venues.length > 1 && (
              <Select
                aria-label={words.place(unit.name)}
                value={list.venues.find(({ name }) => name === unit.venue)?.venue ?? null}
                options={list.venues.map(({ venue, name }) => ({ value: venue, label: name }))}
                onChange={(venue: string | null) => attending.take(() => placeUnit(meeting, unit.unit, venue ?? ''))}
              />
            )}
            {receipt.standing !== 'confirmed' && <Button onClick={() => attending.take(() => confirmUnit(meeting, unit.unit))}>{words.confirm}</Button>}
            <Button type="primary" ghost onClick={add}>
              {words.add}
            </Button>
            <Button danger onClick={() => setAsking('unit')}>
              {words.uninvite}
            </Button>
          </div>
        )}
      </header>
      {people.length > 0 && (
        <ol className="att-people">
          {people.map((person) => (
            <Person key={person.id} person={person} change={settled ? null : () => change(person)} remove={settled || person.signed !== null ? null : () => setAsking(person)} />
          ))}
        </ol>
      )}
      {asking !== null && (
        <Ask
          title={asking === 'unit' ? words.uninviteTitle(unit.name) : words.removeTitle(asking.name)}
          effect={asking === 'unit' ? words.uninviteEffect : words.removeEffect}
          confirm={asking === 'unit' ? words.uninvite : words.remove}
          busy={attending.busy}
          error={attending.refused}
          yes={() => attending.take(() => (asking === 'unit' ? uninvite(meeting, unit.unit) : removeAttendee(meeting, asking.id)), close)}
          no={close}
        />
      )}
    </section>
  )
}

function Person({ person, change, remove }: { person: AttendeeEntry; change: (() => void) | null; remove: (() => void) | null }) {
  const text = useText()
  const words = text.panel.attendance
  const { answer, signed } = person
  return (
    <li className="att-person" aria-label={person.name}>
      <span className="att-number">{person.number}</span>
      <span className="att-who">
        <strong>{person.name}</strong> <span>{person.position}</span>
      </span>
      <span className="att-answer">
        <Tag color={ANSWER_COLOUR[answer.kind]}>{words.answer[answer.kind]}</Tag>
        {answer.kind === 'leave' && <span>{words.leaveOf(answer.reason, answer.approver)}</span>}
        {answer.kind === 'standIn' && <span>{words.standInOf(answer.name, answer.approver)}</span>}
      </span>
      <span className="att-signed">
        {signed !== null && (
          <>
            <span>{words.signedAt(hourMinute(signed.atMs))}</span>
            {signed.late && <Tag color="red">{words.late}</Tag>}
            {signed.means === 'paper' && <Tag>{words.means.paper}</Tag>}
          </>
        )}
      </span>
      <span className="att-acts">
        {change !== null && (
          <button type="button" className="text-button" aria-label={`${words.change}${text.colon}${person.name}`} onClick={change}>
            {words.change}
          </button>
        )}
        {remove !== null && (
          <button type="button" className="text-button" aria-label={`${words.remove}${text.colon}${person.name}`} onClick={remove}>
            {words.remove}
          </button>
        )}
      </span>
    </li>
  )
}
