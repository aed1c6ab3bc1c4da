import { expect, test } from 'vitest'
import type { RollCallEntry } from '@/api/generated/wire'
import { nextOf, runs, stepTo } from './roll-order'

/** Venues in order, in capitals those that answered; `called` is the one being called. */
function call(venues: string, called: string | null, endedAtMs: number | null = null): RollCallEntry {
  const answer = { presence: 'present' as const, note: '', atMs: 1, by: '李伟' }
  const lines = Array.from(venues, (letter) => ({ venue: letter.toLowerCase(), name: letter, calledAtMs: null, answer: letter === letter.toUpperCase() ? answer : null }))
  const calling = called === null ? null : { venue: called, sinceMs: 0, microphone: 'open' as const, closesAtMs: null }
  return { id: 'r', begunAtMs: 0, begunBy: '李伟', endedAtMs, figures: { due: 0, present: 0, absent: 0, fault: 0, open: 0 }, venues: lines, calling }
}

test('the next is the first without an answer after the one that is called', () => {
  const cases: [string, string | null, string | null, string | null][] = [
    ['abc', null, null, 'a'],
    ['abc', 'a', null, 'b'],
    ['aBc', 'a', null, 'c'],
    ['Abc', null, 'a', 'b'],
    ['abc', null, 'b', 'b'],
    ['aBC', null, 'b', 'a'],
    ['abC', 'b', null, 'a'],
    ['ABc', 'c', null, 'c'],
    ['ABC', null, 'b', null],
    ['', null, null, null],
  ]
  for (const [venues, called, chosen, next] of cases) expect(nextOf(call(venues, called), chosen)?.venue ?? null, `${venues} ${called}`).toBe(next)
})

test('rows are walked from end to end', () => {
  const lines = call('abc', null).venues
  expect([stepTo(lines, 'a', 1), stepTo(lines, 'c', 1), stepTo(lines, 'a', -1), stepTo(lines, null, 1), stepTo(lines, null, -1), stepTo([], null, 1)]).toEqual(['b', 'c', 'a', 'a', 'c', null])
})

test('a call takes answers until it or its meeting is over', () => {
  expect([runs(call('a', null), true), runs(call('a', null), false), runs(call('a', null, 5), true), runs(undefined, true)]).toEqual([true, false, false, false])
})
