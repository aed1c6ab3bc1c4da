import { expect, test } from 'vitest'
import { swapped } from './order'

const list = (...ranks: number[]) => ranks.map((rank, index) => ({ id: 'abcd'[index] ?? '', name: '', rank }))

test.each([
  [list(0, 1, 2), 1, 0, [['b', 0], ['a', 1]]],
  [list(0, 1, 2), 0, 1, [['b', 0], ['a', 1]]],
  [list(0, 0, 0), 2, 1, [['c', 1], ['b', 2]]],
  [list(0, 1), 0, -1, []],
] as const)('%j: from %i to %i', (venues, at, to, expected) => expect(swapped([...venues], at, to).map(({ id, rank }) => [id, rank])).toEqual(expected))
