import { expect, test } from 'vitest'
import { readPart, readTime, typeTime } from './part'

test.each([
  ['9', 9],
  ['5:09', 309],
  ['1:05:09', 3909],
  [' 1：05：09 ', 3909],
  ['90:00', 5400],
  ['', null],
  ['1:2:3:4', null],
  ['-5', null],
  ['五', null],
])('%j is %j seconds', (typed, seconds) => expect(readTime(typed)).toBe(seconds))

test('a time is typed as it is read', () => expect(typeTime(3909.9)).toBe('1:05:09'))

test.each([
  ['0:10', '1:00', { fromMs: 10_000, toMs: 60_000 }],
  ['0', '1:31', { fromMs: 0, toMs: 90_500 }],
  ['0', '1:32', null],
  ['0:55', '1:00', null],
  ['1:00', '0:10', null],
  ['x', '1:00', null],
])('%j to %j of ninety seconds and a half', (from, to, part) => expect(readPart(from, to, 90_500)).toEqual(part))
