import { Button } from 'antd'
import type { Dayjs } from 'dayjs'
import type { MeetingEntry, ReadinessEntry, SpecialDayEntry, VenueEntry } from '@/api/generated/wire'
import { boardOf, markOf } from '@/features/meetings/board'
import { hourMinute } from '@/lib/format'
import { ReadinessTag } from '@/panel/ReadinessTag'
import { useText } from '@/text/use-text'

export interface Wish {
  day: Dayjs
  half: 'morning' | 'afternoon'
  venue: VenueEntry | null
}

interface Props {
  days: Dayjs[]
  meetings: MeetingEntry[]
  venues: VenueEntry[]
  special: SpecialDayEntry[]
  today: Dayjs
  readiness: ReadonlyMap<string, ReadinessEntry>
  /** Makes a meeting there; left out for those who don't plan. */
  make: ((wish: Wish) => void) | null
  show: (meeting: MeetingEntry) => void
}

/** A week on the wall: a line for each venue, a column for each day. */
export function WeekBoard({ days, meetings, venues, special, today, readiness, make, show }: Props) {
  const text = useText()
  const words = text.panel.board
  return (
    // Whoever plans has buttons in it; for all others the board itself is what the arrow keys scroll.
    <div className="board" tabIndex={make === null ? 0 : undefined}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.venue}</th>
            {days.map((day) => (
              <th key={day.valueOf()} scope="col" className={dayClass(day, special, today)}>
                <DayName day={day} special={special} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {boardOf(meetings, venues, days).map((line) => (
            <tr key={line.venue?.id ?? ''}>
              <th scope="row">{line.venue?.name ?? words.nowhere}</th>
              {days.map((day, at) => (
                <td key={day.valueOf()} className={dayClass(day, special, today)}>
                  {(line.days[at] ?? []).map((meeting) => (
                    <Block key={meeting.id} meeting={meeting} ready={readiness.get(meeting.id)} day={day} show={show} />
                  ))}
                  {make !== null && !day.isBefore(today, 'day') && (
                    <div className="board-make">
                      {(['morning', 'afternoon'] as const).map((half) => (
                        <Button
                          key={half}
                          size="small"
                          type="dashed"
                          aria-label={words.makeIn(day.format(words.dayFormat), words.half[half], line.venue?.name ?? words.nowhere)}
                          onClick={() => make({ day, half, venue: line.venue })}
                        >
                          ＋{words.half[half]}
                        </Button>
                      ))}
                    </div>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export const dayClass = (day: Dayjs, special: SpecialDayEntry[], today: Dayjs): string => {
  const mark = markOf(special, day)
  const off = mark === null ? day.day() === 0 || day.day() === 6 : mark.kind === 'off'
  return [off ? 'day-off' : '', day.isSame(today, 'day') ? 'day-today' : ''].join(' ').trim()
}

/** `周四 11月26日`, and beside it what was announced for the day. */
export function DayName({ day, special }: { day: Dayjs; special: SpecialDayEntry[] }) {
  const words = useText().panel.board
  const mark = markOf(special, day)
  return (
    <>
      <span>{words.weekdays[day.day()]}</span> <span>{day.format(words.dayFormat)}</span>
      {mark !== null && <em className={`day-mark ${mark.kind}`}>{words.mark[mark.kind](mark.name)}</em>}
    </>
  )
}

/** One meeting: its times, its title, whether it is the upper level's, who is on duty. */
export function Block({ meeting, ready, day, show }: { meeting: MeetingEntry; ready: ReadinessEntry | undefined; day: Dayjs; show: (meeting: MeetingEntry) => void }) {
  const text = useText()
  const words = text.panel.board
  const from = meeting.startsAtMs < day.startOf('day').valueOf() ? words.goesOn : hourMinute(meeting.startsAtMs)
  const to = meeting.endsAtMs > day.endOf('day').valueOf() ? words.overNight : hourMinute(meeting.endsAtMs)
  return (
    <button type="button" className={`board-block ${meeting.kind} ${meeting.state}${meeting.tests === null ? '' : ' test'}`} onClick={() => show(meeting)}>
      <small>
        {from} – {to}
        {meeting.kind === 'upper' && <b>{words.upper}</b>}
        {meeting.state !== 'planned' && <b>{text.panel.meetings.state[meeting.state]}</b>}
        {meeting.signing !== null && meeting.signing.state !== 'signed' && <b className="board-lacks">{text.panel.signing.state[meeting.signing.state]}</b>}
      </small>
      <span>{meeting.title}</span>
      {meeting.state === 'planned' && <ReadinessTag entry={ready} />}
      {meeting.operator !== null && <small>{words.onDuty(meeting.operator.name)}</small>}
    </button>
  )
}
