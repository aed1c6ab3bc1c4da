import { useEffect, useState } from 'react'
import { me, venueNow } from '@/api/panel'
import type { VenueNow } from '@/api/generated/wire'
import { ProblemError } from '@/api/problem'

/** What the machine knows of the seat it is. What was known last stays while the server is away. */
export type Seat =
  | { kind: 'asking' }
  /** It is no leader's seat, or no longer. */
  | { kind: 'unpaired' }
  /** `attends`: the meeting its person's PIN was typed for. */
  | { kind: 'known'; person: string; now: VenueNow; attends: string | null }

const POLL_MS = 2000

/** Follows whose seat it is, and which meeting its venue has now. */
export function useSeat(): Seat {
  const [seat, setSeat] = useState<Seat>({ kind: 'asking' })
  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<Seat | null> => {
      try {
        const who = await me()
        if (who.kind !== 'device' || who.device !== 'seat') return { kind: 'unpaired' }
        return { kind: 'known', person: who.name, now: await venueNow(who.venue), attends: who.attends }
      } catch (error) {
        const denied = error instanceof ProblemError && error.problem.kind === 'refused' && [401, 403, 404].includes(error.problem.status)
        return denied ? { kind: 'unpaired' } : null
      }
    }
    const look = async () => {
      const found = await ask()
      if (over) return
      if (found !== null) setSeat((known) => (JSON.stringify(known) === JSON.stringify(found) ? known : found))
      timer = setTimeout(() => void look(), POLL_MS)
    }
    void look()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [])
  return seat
}
