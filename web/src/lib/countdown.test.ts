import { expect, test } from 'vitest'
import { countdown, next, reminder } from './countdown'

const MINUTE = 60_000
const STARTS = Date.UTC(2026, 10, 27, 1, 30)

test('the last hour before a meeting is counted down, and for a while it is said that it should have begun', () => {
  const cases: [number, ReturnType<typeof countdown>][] = [
    [61, null],
    [60.1, null],
    [60, { kind: 'left', minutes: 60 }],
    [9.5, { kind: 'left', minutes: 10 }],
    [0.1, { kind: 'left', minutes: 1 }],
    [0, { kind: 'due' }],
    [-14.5, { kind: 'due' }],
    [-15, null],
  ]
  for (const [minutes, said] of cases) expect(countdown(STARTS, STARTS - minutes * MINUTE), `${minutes} minutes before`).toEqual(said)
})

test('the first of the meetings that are near is spoken of', () => {
  const at = (minutes: number) => ({ startsAtMs: STARTS + minutes * MINUTE })
  expect(next([at(40), at(10), at(300)], STARTS)).toEqual(at(10))
  expect(next([at(90)], STARTS)).toBeNull()
})

test('a sound comes 60, 30, 10 and 1 minutes before, once each', () => {
  let heard: number | null = null
  const sounds: number[] = []
  for (let second = 3700; second > -600; second--) {
    const now = STARTS - second * 1000
    const due = reminder(STARTS, now, heard)
    if (due === null) continue
    heard = due
    sounds.push((STARTS - now) / MINUTE)
  }
  expect(sounds).toEqual([60, 30, 10, 1])
})

test.each([
  ['at its moment', 10, null, 10],
  ['half a minute late, for example after a reload', 9.5, null, 10],
  ['a whole minute late', 9, null, null],
  ['heard before the reload', 9.5, 10, null],
  ['where the one before was heard', 10, 30, 10],
  ['between two moments', 20, null, null],
  ['after the start', -0.1, null, null],
])('a page that looks %s', (_, minutesBefore, heardBefore, expected) => {
  const at = (minutes: number | null) => (minutes === null ? null : STARTS - minutes * MINUTE)
  expect(reminder(STARTS, STARTS - minutesBefore * MINUTE, at(heardBefore))).toBe(at(expected))
})
