import type { MeetingEntry, MeetingKind } from '@/api/generated/wire'

/** How long it is if nothing comes after it. */
const USUAL_MS = 2 * 3_600_000
/** Less time than this before the next meeting is none. */
const LEAST_MS = 15 * 60_000

/** What is to begin at once. */
interface Wanted {
  kind: MeetingKind
  nowMs: number
}

/** A joint test gives way to every meeting, and a planned one of our own to the upper level's; what is over is nobody's. */
const stays = ({ state, kind, tests, endsAtMs }: MeetingEntry, wanted: Wanted): boolean =>
  state === 'on_air' || (state === 'planned' && endsAtMs > wanted.nowMs && tests === null && !(wanted.kind === 'upper' && kind === 'own'))

const isNear = ({ state, startsAtMs }: MeetingEntry, nowMs: number): boolean => state === 'on_air' || startsAtMs < nowMs + LEAST_MS

/** The meeting that has a venue now or all but now, if one has. Pure. */
export const takerOf = (venue: string, meetings: MeetingEntry[], wanted: Wanted): MeetingEntry | null =>
  meetings.find((meeting) => meeting.venues.includes(venue) && stays(meeting, wanted) && isNear(meeting, wanted.nowMs)) ?? null

/** Until when it may last: two hours, or until the next meeting of its venues or of its line. Pure. */
export function endOf({ venues, line }: { venues: string[]; line: string }, meetings: MeetingEntry[], wanted: Wanted): number {
  const needs = (meeting: MeetingEntry) => (line !== '' && meeting.line === line) || meeting.venues.some((venue) => venues.includes(venue))
  const next = meetings.filter((meeting) => needs(meeting) && stays(meeting, wanted) && !isNear(meeting, wanted.nowMs))
  return Math.min(wanted.nowMs + USUAL_MS, ...next.map(({ startsAtMs }) => startsAtMs))
}
