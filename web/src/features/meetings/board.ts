import dayjs, { type Dayjs } from 'dayjs'
import type { DayKind, MeetingEntry, SpecialDayEntry, VenueEntry } from '@/api/generated/wire'

/** The seven days from the Monday of a day's week. */
export function weekOf(day: Dayjs): Dayjs[] {
  const monday = day.startOf('day').subtract((day.day() + 6) % 7, 'day')
  return Array.from({ length: 7 }, (_, at) => monday.add(at, 'day'))
}

/** What takes place on a day, also what goes on over its midnight; first ones first. Cancelled ones are none. Pure. */
export function onDay(meetings: MeetingEntry[], day: Dayjs): MeetingEntry[] {
  const [from, to] = [day.startOf('day').valueOf(), day.endOf('day').valueOf()]
  return meetings.filter(({ state, startsAtMs, endsAtMs }) => state !== 'cancelled' && startsAtMs <= to && endsAtMs > from).sort((a, b) => a.startsAtMs - b.startsAtMs)
}

/** One line of the board: a venue, or `null` for meetings that take place in none. */
export interface Line {
  venue: VenueEntry | null
  /** What takes place on each day. */
  days: MeetingEntry[][]
}

/** A line for each venue in administrative order; one for meetings without a venue only if there are any. Pure. */
export function boardOf(meetings: MeetingEntry[], venues: VenueEntry[], days: Dayjs[]): Line[] {
  const line = (venue: VenueEntry | null): Line => ({
    venue,
    days: days.map((day) => onDay(meetings, day).filter((meeting) => (venue === null ? meeting.venues.length === 0 : meeting.venues.includes(venue.id)))),
  })
  const nowhere = line(null)
  return [...venues.map(line), ...(nowhere.days.some((day) => day.length > 0) ? [nowhere] : [])]
}

/** What is said beside a day: its holiday, and whether people work. */
export interface DayMark {
  kind: Exclude<DayKind, 'usual'>
  name: string
}

export function markOf(days: SpecialDayEntry[], day: Dayjs): DayMark | null {
  const special = days.find(({ date }) => date === day.format('YYYY-MM-DD'))
  return special === undefined || special.kind === 'usual' ? null : { kind: special.kind, name: special.name }
}

/** When a meeting begins that is made on a day: in the morning at nine, in the afternoon at half past two; never in the past,
 * so on a day that is over it is today’s, from the next half hour on. */
export function startOn(day: Dayjs, half: 'morning' | 'afternoon', now: Dayjs): Dayjs {
  const on = day.isBefore(now, 'day') ? now : day
  const at = half === 'morning' ? on.hour(9).minute(0).startOf('minute') : on.hour(14).minute(30).startOf('minute')
  if (!at.isBefore(now)) return at
  const halves = Math.floor(now.diff(now.startOf('day'), 'minute') / 30) + 1
  return now.startOf('day').add(halves * 30, 'minute')
}

/** The day of an address, or today. */
export function dayOf(text: string | null, now: Dayjs): Dayjs {
  const day = dayjs(text ?? '')
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && day.isValid() ? day : now.startOf('day')
}
