const MINUTE_MS = 60_000

/** When a meeting ends that goes on so many minutes longer: from its planned end, or from now if that is over. Whole minutes. Pure. */
export const extendedTo = (endsAtMs: number, nowMs: number, minutes: number): number => Math.ceil(Math.max(endsAtMs, nowMs) / MINUTE_MS) * MINUTE_MS + minutes * MINUTE_MS

/** Minutes until the planned end; negative once it is over. Pure. */
export const minutesLeft = (endsAtMs: number, nowMs: number): number => Math.ceil((endsAtMs - nowMs) / MINUTE_MS)

/** From when on it is said how long a meeting still has. */
export const SAID_FROM_MINUTES = 30
