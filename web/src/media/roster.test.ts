import { expect, test } from 'vitest'
import type { Codec, RosterEntry, SlotState } from '@/api/generated/wire'
import { assign, people, programmePicture, tiles, wishes } from './roster'

const entry = (id: number, participant: string, codec: Codec, more: Partial<RosterEntry> = {}): RosterEntry => ({
  id,
  participant,
  name: participant,
  role: 'main',
  codec,
  live: true,
  onAir: false,
  ...more,
})
const roster = [
  entry(1, 'demo', 'h264', { onAir: true }),
  entry(2, 'demo', 'opus', { onAir: true }),
  entry(3, 'me', 'vp8'),
  entry(4, 'zhang', 'opus', { live: false }),
  entry(5, 'zhang', 'h264'),
  entry(6, 'zhang', 'h264', { role: 'content' }),
  entry(7, 'li', 'opus'),
]

test('sound, picture and content of one participant are one person', () => {
  const zhang = people(roster).find((person) => person.name === 'zhang')
  expect([zhang?.microphone?.id, zhang?.camera?.id, zhang?.content?.id]).toEqual([4, 5, 6])
})

test('of two publications after a rejoin the live one counts', () => {
  const twice = people([entry(1, 'a', 'h264'), entry(9, 'a', 'h264', { live: false })])
  expect(twice[0]?.camera?.id).toBe(1)
})

test('tiles hold everybody but us and who is on air, content first, also who has no camera', () => {
  expect(tiles(people(roster), 'me').map((tile) => [tile.key, tile.publication?.id])).toEqual([
    ['content zhang', 6],
    ['camera zhang', 5],
    ['camera li', undefined],
  ])
})

test('a picture keeps its line while others come and go', () => {
  const mids = ['2', '3', '4']
  const first = assign([10, 11, 12], mids, new Map())
  const second = assign([12, 13, 10], mids, first)
  expect([...second]).toEqual([['2', 10], ['4', 12], ['3', 13]])
  expect(assign([1, 2, 3, 4], mids, new Map()).size).toBe(3)
})

test('lines without a picture ask for nothing', () => {
  expect(wishes('0', ['2', '3'], new Map([['3', 7]]), { programme: 900, tile: 100 })).toEqual([
    { mid: '0', want: { kind: 'programme' }, pixelsMax: 900, priority: 10 },
    { mid: '2', want: { kind: 'nothing' }, pixelsMax: null, priority: 0 },
    { mid: '3', want: { kind: 'publication', id: 7 }, pixelsMax: 100, priority: 1 },
  ])
})

const slot = (content: SlotState['content']): SlotState[] => [{ mid: '0', kind: 'video', content }]
const all = () => true
const noH264 = (codec: Codec) => codec !== 'h264'

test('the main picture is named by its packets, and says why it can not be shown', () => {
  const live = slot({ show: 'live', publication: 1 })
  expect(programmePicture(live, '0', roster, null, all)).toEqual({ kind: 'live', publication: roster[0] })
  expect(programmePicture(live, '0', roster, 5, all)).toEqual({ kind: 'live', publication: roster[4] })
  expect(programmePicture(slot({ show: 'no-bandwidth', publication: 1 }), '0', roster, null, all)).toEqual({ kind: 'no-bandwidth' })
  expect(programmePicture(slot({ show: 'slate' }), '0', roster, null, all)).toEqual({ kind: 'slate' })
  expect(programmePicture(slot({ show: 'nothing' }), '0', roster, null, noH264)).toEqual({ kind: 'undecodable', codec: 'h264' })
  expect(programmePicture([], null, [], null, all)).toEqual({ kind: 'nothing' })
})
