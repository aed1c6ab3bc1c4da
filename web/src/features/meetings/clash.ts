import type { MeetingEntry } from '@/api/generated/wire'
import { isToBe } from '@/panel/can'

/** When and where a meeting is to be. */
export interface Plan {
  /** Its own entry, if it has one already. */
  id: string | null
  startsAtMs: number
  endsAtMs: number
  venues: string[]
}

/** Another meeting of the same time, and the venues both want. */
export interface Clash {
  meeting: MeetingEntry
  venues: string[]
}

/** Meetings that are not over and want a venue at the same time. It is no mistake: they may end earlier than planned. Pure. */
export function clashes(plan: Plan, meetings: MeetingEntry[]): Clash[] {
  return meetings
    .filter((meeting) => meeting.id !== plan.id && isToBe(meeting) && meeting.startsAtMs < plan.endsAtMs && plan.startsAtMs < meeting.endsAtMs)
    .map((meeting) => ({ meeting, venues: meeting.venues.filter((venue) => plan.venues.includes(venue)) }))
    .filter(({ venues }) => venues.length > 0)
    .sort((a, b) => a.meeting.startsAtMs - b.meeting.startsAtMs)
}
