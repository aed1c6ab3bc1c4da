import { expect, test } from 'vitest'
import type { MeetingEntry } from '@/api/generated/wire'
import { endOf, takerOf } from './emergency'

const MINUTE_MS = 60_000
const meeting = (from: number, to: number, more: Partial<MeetingEntry> = {}): MeetingEntry => ({
  id: 'a', title: 'a', startsAtMs: from * MINUTE_MS, endsAtMs: to * MINUTE_MS, kind: 'own', codec: 'h264', state: 'planned', cancelReason: '', series: null, tests: null, venues: ['hall'], line: null, operator: null, leaders: [], signing: null, opening: { byItself: false, beforeMinutes: 0, recorded: true, microphones: 'closed', banner: '' }, ...more,
})
const own = { kind: 'own', nowMs: 0 } as const
const upper = { kind: 'upper', nowMs: 0 } as const

test.each([
  ['planned for now', meeting(-5, 60), own, true],
  ['within the next quarter of an hour', meeting(14, 60), own, true],
  ['in a quarter of an hour', meeting(15, 60), own, false],
  ['over', meeting(-60, 0), own, false],
  ['on air beyond its end', meeting(-60, 0, { state: 'on_air' }), own, true],
  ['cancelled', meeting(-5, 60, { state: 'cancelled' }), own, false],
  ['our own, planned, and gives way', meeting(-5, 60), upper, false],
  ['a joint test, planned, and gives way', meeting(-5, 60, { tests: 'b' }), own, false],
  ['a joint test on air', meeting(-5, 60, { tests: 'b', state: 'on_air' }), own, true],
  ['our own and on air', meeting(-5, 60, { state: 'on_air' }), upper, true],
] as const)('a venue whose meeting is %s is taken or not', (_, other, wanted, taken) => {
  expect(takerOf('hall', [other], wanted) !== null).toBe(taken)
  expect(takerOf('town', [other], wanted)).toBeNull()
})

test('it ends when the next meeting of its venues or its line begins, or after two hours', () => {
  const next = meeting(40, 60, { line: 'city' })
  const ends = (venues: string[], line: string, wanted: typeof own | typeof upper = own) => endOf({ venues, line }, [next], wanted) / MINUTE_MS
  expect(ends(['hall'], '')).toBe(40)
  expect(ends(['town'], 'city')).toBe(40)
  expect(ends(['town'], '')).toBe(120)
  expect(ends(['hall'], '', upper)).toBe(120)
})
