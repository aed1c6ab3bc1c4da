/** The list with the item at this place one step up (-1) or down (1); as it is if there is no such step. */
export function moved<T>(items: T[], place: number, step: 1 | -1): T[] {
  const [item, other] = [items[place], items[place + step]]
  if (item === undefined || other === undefined) return items
  return items.map((known, at) => (at === place ? other : at === place + step ? item : known))
}
