/** How long until a meeting begins, and when people are reminded of it. */

/** Minutes before its start at which a meeting is announced with a sound. */
export const REMINDED = [60, 30, 10, 1]

/** A page that comes later than this after such a moment makes up for it no more. */
const LATE_MS = 60_000

/** So long after its planned start a meeting that was not opened is still announced. */
const OVERDUE_MINUTES = 15

/** What is said of a meeting that is about to begin: how many minutes are left, none once it should have begun. */
export type Countdown = { kind: 'left'; minutes: number } | { kind: 'due' }

/** What is said of a meeting now; nothing an hour before it and earlier, nor long after its time. */
export function countdown(startsAtMs: number, nowMs: number): Countdown | null {
  const minutes = Math.ceil((startsAtMs - nowMs) / 60_000)
  if (minutes > Math.max(...REMINDED) || minutes <= -OVERDUE_MINUTES) return null
  return minutes > 0 ? { kind: 'left', minutes } : { kind: 'due' }
}

/** The next of these meetings that there is something to say of. */
export function next<Meeting extends { startsAtMs: number }>(meetings: readonly Meeting[], nowMs: number): Meeting | null {
  const near = meetings.filter((meeting) => countdown(meeting.startsAtMs, nowMs) !== null)
  return near.reduce<Meeting | null>((first, one) => (first === null || one.startsAtMs < first.startsAtMs ? one : first), null)
}

/**
 * The moment of [`REMINDED`] that is to be heard now: it came within the last minute, and is later than the one that was heard
 * last (`null`: none). What is older than a minute is never made up for.
 */
export function reminder(startsAtMs: number, nowMs: number, heardMs: number | null): number | null {
  const moments = REMINDED.map((minutes) => startsAtMs - minutes * 60_000)
  const due = moments.filter((at) => at <= nowMs && nowMs - at < LATE_MS && (heardMs === null || at > heardMs))
  return due.length === 0 ? null : Math.max(...due)
}
