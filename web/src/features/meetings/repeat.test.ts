import dayjs from 'dayjs'
import { expect, test } from 'vitest'
import type { SeriesTurnEntry } from '@/api/generated/wire'
import { becomes, fitted, NO_REPEAT, nthOf, ruleOf } from './repeat'

test.each([
  ['2026-12-01', 0, 'monthlyFirst'],
  ['2026-12-07', 0, 'monthlyFirst'],
  ['2026-12-08', 1, 'monthlySecond'],
  ['2026-12-28', 3, 'monthlyFourth'],
  ['2026-12-29', 4, 'monthlyLast'],
])('%s is in its month’s week %i', (day, nth, rhythm) => {
  expect(nthOf(dayjs(day))).toBe(nth)
  expect(ruleOf({ ...NO_REPEAT(), repeat: 'monthly' }, dayjs(day))?.rhythm).toBe(rhythm)
})

test.each([
  ['monthly', '2026-12-08', 'monthly'],
  ['monthly', '2026-12-29', 'monthlyLast'],
  ['monthlyLast', '2026-12-08', 'monthly'],
  ['monthlyLast', '2026-12-28', 'monthlyLast'],
  ['weekly', '2026-12-29', 'weekly'],
] as const)('what was chosen as %s is, once the first day is %s, %s', (repeat, day, expected) => {
  expect(fitted(repeat, dayjs(day))).toBe(expected)
})

test('a rule says until when in one way', () => {
  const first = dayjs('2026-12-01T09:00')
  const typed = { ...NO_REPEAT(), repeat: 'weekly' as const, until: dayjs('2026-12-31T09:00') }
  expect(ruleOf(typed, first)).toEqual({ rhythm: 'weekly', onDayOff: 'leaveOut', untilMs: dayjs('2026-12-31').endOf('day').valueOf() })
  expect(ruleOf({ ...typed, end: 'count' }, first)).toEqual({ rhythm: 'weekly', onDayOff: 'leaveOut', count: 10 })
  expect(ruleOf(NO_REPEAT(), first)).toBeNull()
})

test('a turn is held, moved, left out, taken or warned of', () => {
  const clash = (wanted: 'venue' | 'leader') => ({ wanted, name: '', weight: 'refused' as const, meeting: '', title: '', startsAtMs: 0, endsAtMs: 0 })
  const turn = (startsAtMs: number | null, clashes: SeriesTurnEntry['clashes'] = []): SeriesTurnEntry => ({ dueAtMs: 5, startsAtMs, holiday: '', clashes })
  expect([turn(5), turn(6), turn(null), turn(5, [clash('venue')]), turn(5, [clash('leader')])].map(becomes)).toEqual(['held', 'moved', 'leftOut', 'taken', 'warned'])
})
