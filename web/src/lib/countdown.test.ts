import { expect, test } from 'vitest'
import { countdown, isReminded, next } from './countdown'

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

test('a sound comes 60, 30, 10 and 1 minutes before, once each, and none that was missed long ago', () => {
  const looks = (from: number, to: number) => isReminded(STARTS, STARTS - from * MINUTE, STARTS - to * MINUTE)
  let sounds = 0
  for (let second = 3700; second > -600; second--) sounds += looks(second / 60, (second - 1) / 60) ? 1 : 0
  expect(sounds).toBe(4)
  expect(looks(10.5, 9.8)).toBe(true)
  expect(looks(10, 9.9), 'it was heard at the look before').toBe(false)
  expect(looks(45, 20), 'asleep from 45 to 20').toBe(false)
})
