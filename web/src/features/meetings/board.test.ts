import dayjs from 'dayjs'
import { expect, test } from 'vitest'
import type { MeetingEntry } from '@/api/generated/wire'
import { boardOf, dayOf, markOf, onDay, startOn, weekOf } from './board'

const meeting = (id: string, from: string, to: string, venues: string[], state: MeetingEntry['state'] = 'planned'): MeetingEntry => ({
  id, title: id, startsAtMs: dayjs(from).valueOf(), endsAtMs: dayjs(to).valueOf(), kind: 'own', codec: 'h264', state, cancelReason: '', series: null, tests: null, venues, line: null, operator: null, leaders: [], signing: null, opening: { byItself: false, beforeMinutes: 0, recorded: true, microphones: 'closed', banner: '' },
})
const venues = [
  { id: 'hall', name: '一楼会议室', rank: 0 },
  { id: 'town', name: '通泉街道', rank: 1 },
]

test.each(['2026-11-23', '2026-11-26', '2026-11-29'])('the week of %s begins on its Monday', (day) => {
  expect(weekOf(dayjs(day)).map((each) => each.format('MM-DD'))).toEqual(['11-23', '11-24', '11-25', '11-26', '11-27', '11-28', '11-29'])
})

test('a day has what touches it, first ones first, without what was cancelled', () => {
  const all = [
    meeting('late', '2026-11-26T15:00', '2026-11-26T17:00', ['hall']),
    meeting('night', '2026-11-25T22:00', '2026-11-26T02:00', ['hall']),
    meeting('off', '2026-11-26T09:00', '2026-11-26T10:00', ['hall'], 'cancelled'),
    meeting('midnight', '2026-11-25T20:00', '2026-11-26T00:00', ['hall']),
  ]
  expect(onDay(all, dayjs('2026-11-26')).map(({ id }) => id)).toEqual(['night', 'late'])
})

test('the board has a line a venue, and one for none only where it is needed', () => {
  const days = weekOf(dayjs('2026-11-26'))
  const both = meeting('both', '2026-11-26T09:00', '2026-11-26T10:00', ['hall', 'town'])
  const ids = (all: MeetingEntry[]) => boardOf(all, venues, days).map((line) => [line.venue?.id ?? null, line.days.map((day) => day.length).join('')])
  expect(ids([both])).toEqual([['hall', '0001000'], ['town', '0001000']])
  expect(ids([both, meeting('bare', '2026-11-23T09:00', '2026-11-23T10:00', [])])).toEqual([['hall', '0001000'], ['town', '0001000'], [null, '1000000']])
})

test('a day is marked as it was announced', () => {
  const days = [{ date: '2026-10-01', kind: 'off' as const, name: '国庆节' }, { date: '2026-10-08', kind: 'usual' as const, name: '更正' }]
  expect(markOf(days, dayjs('2026-10-01'))).toEqual({ kind: 'off', name: '国庆节' })
  expect(markOf(days, dayjs('2026-10-08'))).toBeNull()
  expect(markOf(days, dayjs('2026-10-09'))).toBeNull()
})

test.each([
  ['2026-11-27', 'morning', '2026-11-26T16:00', '11-27 09:00'],
  ['2026-11-27', 'afternoon', '2026-11-26T16:00', '11-27 14:30'],
  ['2026-11-26', 'morning', '2026-11-26T10:10', '11-26 10:30'],
  ['2026-11-26', 'morning', '2026-11-26T10:40', '11-26 11:00'],
  ['2026-11-26', 'afternoon', '2026-11-26T10:40', '11-26 14:30'],
  ['2026-11-24', 'morning', '2026-11-26T10:40', '11-26 11:00'],
  ['2026-11-24', 'afternoon', '2026-11-26T10:40', '11-26 14:30'],
] as const)('a meeting of %s, %s, made at %s begins at %s', (day, half, now, expected) => {
  expect(startOn(dayjs(day), half, dayjs(now)).format('MM-DD HH:mm')).toBe(expected)
})

test.each([
  ['2026-11-30', '2026-11-30'],
  ['30.11.2026', '2026-11-26'],
  [null, '2026-11-26'],
])('an address that says %s shows %s', (text, expected) => {
  expect(dayOf(text, dayjs('2026-11-26T10:00')).format('YYYY-MM-DD')).toBe(expected)
})
