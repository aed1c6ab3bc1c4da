import { expect, test } from 'vitest'
import type { ImportLineEntry, ImportResult } from '@/api/generated/wire'
import { countsOf, ordered } from './table'

const line = (at: number, result: ImportResult): ImportLineEntry => ({ line: at, name: '', result, differences: [], faults: [] })

test('lines are counted, and those that are wrong come first', () => {
  const lines = [line(2, 'leave'), line(3, 'make'), line(4, 'wrong'), line(5, 'change'), line(6, 'wrong')]
  expect(countsOf(lines)).toEqual({ make: 1, change: 1, leave: 1, wrong: 2 })
  expect(ordered(lines).map((one) => one.line)).toEqual([4, 6, 5, 3, 2])
})
