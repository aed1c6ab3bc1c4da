import { Calendar } from 'antd'
import type { Dayjs } from 'dayjs'
import type { MeetingEntry, SpecialDayEntry } from '@/api/generated/wire'
import { markOf, onDay } from '@/features/meetings/board'
import { hourMinute } from '@/lib/format'
import { useText } from '@/text/use-text'

interface Props {
  day: Dayjs
  meetings: MeetingEntry[]
  special: SpecialDayEntry[]
  /** Another month, or a day to look at. */
  go: (day: Dayjs, to: 'month' | 'week') => void
}

const SHOWN = 3

/** A month at a glance; a day opens its week. */
export function MonthBoard({ day, meetings, special, go }: Props) {
  const words = useText().panel.board
  const cell = (at: Dayjs) => {
    const all = onDay(meetings, at)
    const mark = markOf(special, at)
    return (
      <>
        {mark !== null && <em className={`day-mark ${mark.kind}`}>{words.mark[mark.kind](mark.name)}</em>}
        <ul className="month-list">
          {all.slice(0, SHOWN).map((meeting) => (
            <li key={meeting.id} className={meeting.kind}>
              {hourMinute(meeting.startsAtMs)} {meeting.title}
            </li>
          ))}
          {all.length > SHOWN && <li>{words.more(all.length - SHOWN)}</li>}
        </ul>
        {all.length > 0 && (
          <button
            type="button"
            className="month-open"
            onClick={(event) => {
              event.stopPropagation()
              go(at, 'week')
            }}
          >
            {words.openWeek(at.month() + 1, at.date())}
          </button>
        )}
      </>
    )
  }
  return (
    <Calendar
      className="month"
      value={day}
      mode="month"
      headerRender={() => null}
      cellRender={(at, { type }) => (type === 'date' ? cell(at) : null)}
      onSelect={(at, { source }) => {
        if (source === 'date') go(at, 'week')
      }}
    />
  )
}
