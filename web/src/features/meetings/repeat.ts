import dayjs, { type Dayjs } from 'dayjs'
import type { ClashEntry, OnDayOff, RecurrenceRule, Rhythm, SeriesCheck, SeriesTurnEntry } from '@/api/generated/wire'

/** How often, as it is chosen: the month's weekday follows from the first day. */
export type Repeat = 'no' | 'weekly' | 'fortnightly' | 'monthly' | 'monthlyLast'

export interface TypedRule {
  repeat: Repeat
  /** Until a day, or so many times. */
  end: 'day' | 'count'
  until: Dayjs
  count: number
  onDayOff: OnDayOff
}

/** Which of its month's weekdays a day is, from 0. */
export const nthOf = (day: Dayjs): number => Math.floor((day.date() - 1) / 7)

const NTH: Rhythm[] = ['monthlyFirst', 'monthlySecond', 'monthlyThird', 'monthlyFourth']

/** What can be chosen for a meeting that is first held on a day. Pure. */
export function repeatsOf(first: Dayjs): Repeat[] {
  const isLast = first.add(7, 'day').month() !== first.month()
  return ['no', 'weekly', 'fortnightly', ...(nthOf(first) < 4 ? (['monthly'] as const) : []), ...(isLast ? (['monthlyLast'] as const) : [])]
}

/** What was chosen, as it fits a first day that was changed since: each month by the weekday the day now is. Pure. */
export function fitted(repeat: Repeat, first: Dayjs): Repeat {
  if (repeatsOf(first).includes(repeat)) return repeat
  return repeat === 'monthly' ? 'monthlyLast' : 'monthly'
}

/** The rule as the server has it; a fifth weekday of a month is its last. Pure. */
export function ruleOf({ repeat, end, until, count, onDayOff }: TypedRule, first: Dayjs): RecurrenceRule | null {
  const fits = fitted(repeat, first)
  if (fits === 'no') return null
  const rhythm: Rhythm = fits === 'monthly' ? (NTH[nthOf(first)] ?? 'monthlyLast') : fits
  return { rhythm, onDayOff, ...(end === 'day' ? { untilMs: until.endOf('day').valueOf() } : { count }) }
}

export const NO_REPEAT = (): TypedRule => ({ repeat: 'no', end: 'day', until: dayjs().add(6, 'month'), count: 10, onDayOff: 'leaveOut' })

/** What becomes of a turn, for its line in the list. */
export type Becomes = 'held' | 'moved' | 'leftOut' | 'taken' | 'warned'

const hard = ({ wanted }: ClashEntry): boolean => wanted === 'venue' || wanted === 'line'

export const becomes = ({ startsAtMs, dueAtMs, clashes }: SeriesTurnEntry): Becomes =>
  startsAtMs === null ? 'leftOut' : clashes.some(hard) ? 'taken' : clashes.length > 0 ? 'warned' : startsAtMs === dueAtMs ? 'held' : 'moved'

/** How many turns come to what. */
export function countsOf({ turns }: SeriesCheck): Record<Becomes, number> {
  const counts: Record<Becomes, number> = { held: 0, moved: 0, leftOut: 0, taken: 0, warned: 0 }
  for (const turn of turns) counts[becomes(turn)] += 1
  return counts
}
