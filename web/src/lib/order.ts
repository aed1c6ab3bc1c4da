/** Administrative order, of venues and of units. Pure. */

interface Ranked {
  id: string
  rank: number
}

/** Which ranks change when two places of a list are exchanged: all that don't fit their new place, so that ties heal. */
export function swapped(things: Ranked[], at: number, to: number): { id: string; rank: number }[] {
  const order = [...things]
  const [moved] = order.splice(at, 1)
  if (moved === undefined || to < 0 || to > order.length) return []
  order.splice(to, 0, moved)
  return order.flatMap((thing, rank) => (thing.rank === rank ? [] : [{ id: thing.id, rank }]))
}
