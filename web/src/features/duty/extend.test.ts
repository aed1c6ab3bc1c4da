import { expect, test } from 'vitest'
import { extendedTo, minutesLeft } from './extend'

const at = (minutes: number) => minutes * 60_000

test.each([
  ['before its end', at(120), at(110), 15, at(135)],
  ['after its end', at(120), at(131) + 1, 30, at(162)],
  ['at its end', at(120), at(120), 15, at(135)],
])('a meeting that is extended %s', (_, ends, now, minutes, expected) => expect(extendedTo(ends, now, minutes)).toBe(expected))

test.each([
  [at(120), at(110), 10],
  [at(120), at(119) + 1, 1],
  [at(120), at(120), 0],
  [at(120), at(125), -5],
])('an end at %i is, at %i, %i minutes away', (ends, now, expected) => expect(minutesLeft(ends, now)).toBe(expected))
