import { expect, test } from 'vitest'
import type { MeetingEntry } from '@/api/generated/wire'
import { clashes } from './clash'

const meeting = (id: string, startsAtMs: number, endsAtMs: number, venues: string[], state: MeetingEntry['state'] = 'planned'): MeetingEntry => ({
  id,
  title: id,
  startsAtMs,
  endsAtMs,
  profile: 'own',
  codec: 'h264',
  venues,
  state,
  cancelReason: '',
})

test.each([
  ['another time', { startsAtMs: 20, endsAtMs: 30, venues: ['hall'] }, []],
  ['end to end', { startsAtMs: 10, endsAtMs: 20, venues: ['hall'] }, []],
  ['the same hall, one minute', { startsAtMs: 9, endsAtMs: 20, venues: ['hall', 'county'] }, ['a: hall']],
  ['around both', { startsAtMs: 0, endsAtMs: 100, venues: ['hall', 'town'] }, ['a: hall', 'b: town']],
  ['other venues', { startsAtMs: 0, endsAtMs: 100, venues: ['village'] }, []],
  ['no venue', { startsAtMs: 0, endsAtMs: 100, venues: [] }, []],
])('%s', (_, plan, expected) => {
  const meetings = [meeting('b', 50, 60, ['town']), meeting('a', 0, 10, ['hall']), meeting('over', 0, 100, ['hall'], 'closed')]
  expect(clashes({ id: null, ...plan }, meetings).map((clash) => `${clash.meeting.id}: ${clash.venues.join()}`)).toEqual(expected)
})

test('a meeting is in no way of itself', () => {
  expect(clashes({ id: 'a', startsAtMs: 0, endsAtMs: 10, venues: ['hall'] }, [meeting('a', 0, 10, ['hall'])])).toEqual([])
})
