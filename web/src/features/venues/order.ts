/** The order of venues. Pure. */
import type { VenueEntry } from '@/api/generated/wire'

/** Which ranks change when two places of a list are exchanged: all that don't fit their new place, so that ties heal. */
export function swapped(venues: VenueEntry[], at: number, to: number): { id: string; rank: number }[] {
  const order = [...venues]
  const [moved] = order.splice(at, 1)
  if (moved === undefined || to < 0 || to > order.length) return []
  order.splice(to, 0, moved)
  return order.flatMap((venue, rank) => (venue.rank === rank ? [] : [{ id: venue.id, rank }]))
}
