/** Who is next, and which row the keyboard is at. Pure. */
import type { RollCallEntry, RollCallLine } from '@/api/generated/wire'

/** Whether it still takes answers. */
export const runs = (call: RollCallEntry | undefined, meetingIsToBe: boolean): call is RollCallEntry => meetingIsToBe && call !== undefined && call.endedAtMs === null

/**
 * The first venue without an answer: after the one that is called, else from the chosen row on, and from the top again after the
 * last. The one that is called comes last.
 */
export function nextOf(call: RollCallEntry, chosen: string | null): RollCallLine | null {
  const index = (venue: string | null) => call.venues.findIndex((line) => line.venue === venue)
  const from = call.calling !== null ? index(call.calling.venue) + 1 : Math.max(0, index(chosen))
  const around = [...call.venues.slice(from), ...call.venues.slice(0, from)]
  return around.find(({ answer }) => answer === null) ?? null
}

/** The row above or below, staying at the ends. */
export function stepTo(lines: readonly { venue: string }[], at: string | null, by: -1 | 1): string | null {
  const index = lines.findIndex(({ venue }) => venue === at)
  const to = index < 0 ? (by === 1 ? 0 : lines.length - 1) : Math.min(lines.length - 1, Math.max(0, index + by))
  return lines[to]?.venue ?? null
}
