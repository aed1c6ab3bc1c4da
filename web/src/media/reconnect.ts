/**
 * When to join, repair and try again. Pure: events in, effects out; [`Session`](./session.ts) has the timers and sockets.
 */

export type Phase =
  | { kind: 'joining'; attempt: number }
  | { kind: 'live' }
  /** The path is in doubt; an ICE restart is under way and the last picture stays. */
  | { kind: 'repairing' }
  | { kind: 'waiting'; attempt: number }
  | { kind: 'ended'; why: 'left' | 'closed' | 'removed' | 'refused' }

export type Event =
  | { type: 'joined' }
  | { type: 'join-failed'; passing: boolean }
  /** The path is doubtful: ICE disconnected, or nothing came for a while though something should. */
  | { type: 'path-doubtful' }
  | { type: 'repaired' }
  /** The session is lost for good: ICE failed, repair refused, or the relay's process is gone. */
  | { type: 'lost' }
  | { type: 'retry-due' }
  /** The network came back, or the page was shown again: don't wait any longer. */
  | { type: 'hurry' }
  /** The meeting ended. */
  | { type: 'closed' }
  /** Somebody in charge removed us: coming back at once would be against their word. */
  | { type: 'removed' }
  | { type: 'leave' }

export type Effect = { type: 'join' } | { type: 'repair' } | { type: 'drop' } | { type: 'wait'; ms: number }

/** How long to wait before a try; the last one repeats. */
const DELAYS_MS = [250, 1000, 2000, 2000, 3000, 5000]

/** A fifth more or less, so that two hundred screens don't come back in one moment. `chance` is in 0..1. */
export const retryDelayMs = (attempt: number, chance: number): number => {
  const delay = DELAYS_MS[Math.min(attempt, DELAYS_MS.length - 1)] ?? 5000
  return Math.round(delay * (0.8 + 0.4 * chance))
}

/** How long a screen nobody stands at stays away once it was removed. */
const REMOVED_MS = 60_000

export interface Step {
  phase: Phase
  effects: Effect[]
}

/** `insist` says that even a refusal is tried again, slowly: a screen nobody stands at must come back by itself. */
export function next(phase: Phase, event: Event, options: { insist: boolean; chance: number }): Step {
  const stay: Step = { phase, effects: [] }
  const wait = (attempt: number, effects: Effect[] = []): Step => ({
    phase: { kind: 'waiting', attempt },
    effects: [...effects, { type: 'wait', ms: retryDelayMs(attempt, options.chance) }],
  })
  if (phase.kind === 'ended') return stay
  switch (event.type) {
    case 'leave':
      return { phase: { kind: 'ended', why: 'left' }, effects: [{ type: 'drop' }] }
    case 'closed':
      return options.insist
        ? wait(DELAYS_MS.length, [{ type: 'drop' }])
        : { phase: { kind: 'ended', why: 'closed' }, effects: [{ type: 'drop' }] }
    case 'removed':
      return options.insist
        ? { phase: { kind: 'waiting', attempt: DELAYS_MS.length }, effects: [{ type: 'drop' }, { type: 'wait', ms: REMOVED_MS }] }
        : { phase: { kind: 'ended', why: 'removed' }, effects: [{ type: 'drop' }] }
    case 'joined':
      return phase.kind === 'joining' ? { phase: { kind: 'live' }, effects: [] } : stay
    case 'join-failed':
      if (phase.kind !== 'joining') return stay
      if (!event.passing && !options.insist) return { phase: { kind: 'ended', why: 'refused' }, effects: [] }
      return wait(event.passing ? phase.attempt + 1 : DELAYS_MS.length)
    case 'path-doubtful':
      return phase.kind === 'live' ? { phase: { kind: 'repairing' }, effects: [{ type: 'repair' }] } : stay
    case 'repaired':
      return phase.kind === 'repairing' ? { phase: { kind: 'live' }, effects: [] } : stay
    case 'lost':
      return phase.kind === 'live' || phase.kind === 'repairing' ? wait(0, [{ type: 'drop' }]) : stay
    case 'retry-due':
    case 'hurry':
      return phase.kind === 'waiting' ? { phase: { kind: 'joining', attempt: phase.attempt }, effects: [{ type: 'join' }] } : stay
  }
}
