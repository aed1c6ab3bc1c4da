import type { Dayjs } from 'dayjs'
import type { MeetingEntry, ReadinessEntry, SpecialDayEntry, VenueEntry } from '@/api/generated/wire'
import { onDay } from '@/features/meetings/board'
import { Block, DayName } from '@/features/meetings/WeekBoard'
import { useText } from '@/text/use-text'

interface Props {
  from: Dayjs
  meetings: MeetingEntry[]
  venues: VenueEntry[]
  special: SpecialDayEntry[]
  readiness: ReadonlyMap<string, ReadinessEntry>
  show: (meeting: MeetingEntry) => void
}

const DAYS = 31

/** The days from one on that have meetings, one under the other: for telephones, and to read aloud. */
export function DayList({ from, meetings, venues, special, readiness, show }: Props) {
  const text = useText()
  const words = text.panel.board
  const days = Array.from({ length: DAYS }, (_, at) => from.add(at, 'day')).map((day) => ({ day, all: onDay(meetings, day) }))
  const busy = days.filter(({ all }) => all.length > 0)
  const names = (ids: string[]) => ids.map((id) => venues.find((venue) => venue.id === id)?.name ?? id).join(text.comma)
  if (busy.length === 0) return <p className="quiet">{words.none(DAYS)}</p>
  return (
    <div className="day-list">
      {busy.map(({ day, all }) => (
        <section key={day.valueOf()} aria-label={day.format(words.dayFormat)}>
          <h2>
            <DayName day={day} special={special} />
          </h2>
          {all.map((meeting) => (
            <div key={meeting.id}>
              <Block meeting={meeting} ready={readiness.get(meeting.id)} day={day} show={show} />
              <p className="quiet">{meeting.venues.length === 0 ? words.nowhere : names(meeting.venues)}</p>
            </div>
          ))}
        </section>
      ))}
    </div>
  )
}
