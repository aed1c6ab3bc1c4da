import { useEffect, useState } from 'react'
import { me, venueNow } from '@/api/panel'
import { ProblemError, type Problem } from '@/api/problem'
import type { VenueNow } from '@/api/generated/wire'

/** What the machine knows of its venue. What was known last stays while the server is away. */
export type Venue =
  | { kind: 'asking' }
  | { kind: 'refused'; problem: Problem }
  /** `sends`: this is the room's machine, not only a screen or somebody who looks. */
  | { kind: 'known'; now: VenueNow; sends: boolean }

const POLL_MS = 2000

/** Follows which meeting the venue has now. */
export function useVenue(id: string): Venue {
  const [venue, setVenue] = useState<Venue>({ kind: 'asking' })
  useEffect(() => {
    let over = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let sends: boolean | null = null
    const ask = async () => {
      try {
        if (sends === null) {
          const who = await me()
          sends = who.kind === 'device' && who.device === 'room' && who.venue === id
        }
        const now = await venueNow(id)
        if (!over) setVenue((known) => same(known, { kind: 'known', now, sends: sends ?? false }))
      } catch (error) {
        const problem: Problem = error instanceof ProblemError ? error.problem : { kind: 'unreachable' }
        const denied = problem.kind === 'refused' && problem.status < 500 && problem.status !== 429
        if (denied) sends = null
        if (!over) setVenue((known) => (denied || known.kind !== 'known' ? { kind: 'refused', problem } : known))
      }
      if (!over) timer = setTimeout(() => void ask(), POLL_MS)
    }
    void ask()
    return () => {
      over = true
      clearTimeout(timer)
    }
  }, [id])
  return venue
}

/** An answer that says nothing new is the old one, so that nothing is drawn again every two seconds. */
const same = (known: Venue, next: Venue): Venue => (JSON.stringify(known) === JSON.stringify(next) ? known : next)
