import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { scheduleCheck, seriesCheck, type Draft } from '@/api/panel'
import type { ClashWeight, RecurrenceRule, ScheduleCheck, SeriesCheck } from '@/api/generated/wire'
import { countsOf } from '@/features/meetings/repeat'

/** What is in the way of a meeting while it is typed; asked anew whenever it or any meeting changes. */
export const useCheck = (draft: Draft | null): UseQueryResult<ScheduleCheck> =>
  useQuery({
    queryKey: ['meetings', 'check', draft],
    queryFn: () => (draft === null ? NOTHING : scheduleCheck(draft)),
    placeholderData: keepPreviousData,
    gcTime: 0,
  })

/** What would become of each turn of a meeting that comes again. */
export const useSeries = (draft: Draft | null, rule: RecurrenceRule | null): UseQueryResult<SeriesCheck> =>
  useQuery({
    queryKey: ['meetings', 'series', draft, rule],
    queryFn: () => (draft === null || rule === null ? NO_TURNS : seriesCheck(draft, rule)),
    placeholderData: keepPreviousData,
    gcTime: 0,
  })

const NO_TURNS: SeriesCheck = { turns: [], unknownYears: [] }

/** What the planner of a series agreed to. */
export interface SeriesAgreed {
  leavesOut: boolean
  warned: boolean
}

/** Whether a series can't be planned so: nothing of it is held, or something stands in the way that was not agreed to. */
export function isSeriesBlocked(check: SeriesCheck, { leavesOut, warned }: SeriesAgreed): boolean {
  const counts = countsOf(check)
  return counts.held + counts.moved + counts.warned === 0 || (counts.taken > 0 && !leavesOut) || (counts.warned > 0 && !warned)
}

const NOTHING: ScheduleCheck = { clashes: [], moves: [], freeAtMs: null }

/** What the planner agreed to, by what it was: a finding that becomes another asks anew. */
export interface Agreed {
  moves: string
  warned: string
}

export const NOT_AGREED: Agreed = { moves: '', warned: '' }

/** What stands for the meetings that would be moved. */
export const movesKey = ({ moves }: ScheduleCheck): string => moves.map(({ meeting, startsAtMs }) => `${meeting}@${startsAtMs}`).join()

/** What stands for the warnings. */
export const warnedKey = (check: ScheduleCheck): string =>
  of(check, 'warned')
    .map(({ wanted, name, meeting }) => `${wanted}:${name}:${meeting}`)
    .join()

/** The clashes of one weight. */
export const of = ({ clashes }: ScheduleCheck, weight: ClashWeight): ScheduleCheck['clashes'] => clashes.filter((clash) => clash.weight === weight)

/** Whether something stands in the way that the planner has not agreed to. */
export const isBlocked = (check: ScheduleCheck, agreed: Agreed): boolean =>
  of(check, 'refused').length > 0 || (of(check, 'preEmpts').length > 0 && agreed.moves !== movesKey(check)) || (of(check, 'warned').length > 0 && agreed.warned !== warnedKey(check))
