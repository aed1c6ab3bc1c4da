import { expect, test } from 'vitest'
import { moved } from './checklist'

test.each([
  [0, 1, ['b', 'a', 'c']],
  [2, -1, ['a', 'c', 'b']],
  [0, -1, ['a', 'b', 'c']],
  [2, 1, ['a', 'b', 'c']],
] as const)('the item at %i goes by %i', (place, step, expected) => expect(moved(['a', 'b', 'c'], place, step)).toEqual(expected))
