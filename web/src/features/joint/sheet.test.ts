import { expect, test } from 'vitest'
import type { ChecklistItem, ItemVerdict, JointTestEntry, JointTestState } from '@/api/generated/wire'
import { asksFor, lookedAt, nextOpen, openItems, stepsOf, type Steps } from './sheet'

const item = (verdict: ItemVerdict, measuredGood: boolean | null = null): ChecklistItem => ({ id: verdict, text: '', measure: null, verdict, note: '', measured: '', measuredGood, by: null })

test('what is wrong and what nobody looked at is open', () => {
  const items = [item('good'), item('bad'), item('open'), item('absent')]
  expect([openItems(items), lookedAt(items)]).toEqual([2, 3])
})

test.each([
  [item('open'), 'good', 'nothing'],
  [item('open'), 'absent', 'nothing'],
  [item('open'), 'bad', 'what is wrong'],
  [item('bad', false), 'good', 'why it is good'],
  [item('good', true), 'good', 'nothing'],
] as const)('%o that becomes %s asks for %s', (before, verdict, expected) => expect(asksFor(before, verdict)).toBe(expected))

test('the choice goes on to the next that nobody looked at, over the end too', () => {
  const items = [item('open'), item('good'), item('bad'), item('open')]
  expect([nextOpen(items, 0), nextOpen(items, 3), nextOpen([item('good')], 0)]).toEqual([3, 0, 0])
})

test.each([
  ['planned', false, false, { begin: true }],
  ['planned', false, true, { again: true }],
  ['running', true, false, { check: true, measure: true }],
  ['running', false, true, { check: true }],
  ['passed', false, true, { again: true }],
  ['defects', false, true, { goOn: true, explain: true, again: true }],
  ['explained', false, true, { goOn: true, explain: true, accept: true, again: true }],
  ['accepted', false, true, { again: true }],
  ['changed', false, true, { goOn: true, explain: true, again: true }],
] as [JointTestState, boolean, boolean, Partial<Steps>][])('%s, on air %s, closed %s: %o', (state, onAir, closed, expected) => {
  const none: Steps = { begin: false, goOn: false, check: false, measure: false, explain: false, accept: false, again: false }
  expect(stepsOf({ state, onAir, closed } as JointTestEntry)).toEqual({ ...none, ...expected })
})
