/** What of a joint test the page and its form show, and what a key does. Pure. */
import type { ChecklistItem, ItemVerdict, JointTestEntry } from '@/api/generated/wire'

/** Whether an item keeps the test from passing. */
export const isOpen = ({ verdict }: ChecklistItem): boolean => verdict === 'open' || verdict === 'bad'

export const openItems = (items: ChecklistItem[]): number => items.filter(isOpen).length

export const lookedAt = (items: ChecklistItem[]): number => items.filter(({ verdict }) => verdict !== 'open').length

/** What has to be said before a verdict can be stored. */
export type Asks = 'what is wrong' | 'why it is good' | 'nothing'

export const asksFor = (item: ChecklistItem, verdict: ItemVerdict): Asks => {
  if (verdict === 'bad') return 'what is wrong'
  return verdict === 'good' && item.measuredGood === false ? 'why it is good' : 'nothing'
}

/** The next item nobody has looked at, after this one and then from the top; where it is if there is none. */
export function nextOpen(items: ChecklistItem[], at: number): number {
  const order = items.map((_, step) => (at + 1 + step) % items.length)
  return order.find((place) => items[place]?.verdict === 'open') ?? at
}

/** What can be done now. */
export interface Steps {
  begin: boolean
  /** Begin again what has defects. */
  goOn: boolean
  check: boolean
  measure: boolean
  explain: boolean
  accept: boolean
  /** Plan another test. */
  again: boolean
}

export function stepsOf({ state, onAir, closed }: JointTestEntry): Steps {
  const failed = state === 'defects' || state === 'explained' || state === 'changed'
  return {
    begin: state === 'planned' && !closed,
    goOn: failed,
    check: state === 'running',
    measure: state === 'running' && onAir,
    explain: failed,
    accept: state === 'explained',
    again: closed && state !== 'running',
  }
}
