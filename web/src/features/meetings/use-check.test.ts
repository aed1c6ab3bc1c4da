import { expect, test } from 'vitest'
import type { ClashEntry, ClashWeight, ScheduleCheck } from '@/api/generated/wire'
import { isBlocked, movesKey, NOT_AGREED, warnedKey } from './use-check'

const clash = (weight: ClashWeight): ClashEntry => ({ wanted: weight === 'warned' ? 'leader' : 'venue', name: '张敏', weight, meeting: 'a', title: '周例会', startsAtMs: 0, endsAtMs: 10 })
const check = (weights: ClashWeight[], startsAtMs = 20): ScheduleCheck => ({
  clashes: weights.map(clash),
  moves: weights.includes('preEmpts') && !weights.includes('refused') ? [{ meeting: 'a', title: '周例会', startsAtMs, endsAtMs: startsAtMs + 10 }] : [],
  freeAtMs: null,
})

test('nothing in the way needs no word', () => {
  expect(isBlocked(check([]), NOT_AGREED)).toBe(false)
})

test('what is refused is refused whatever was agreed to', () => {
  const found = check(['refused', 'preEmpts', 'warned'])
  expect(isBlocked(found, { moves: movesKey(found), warned: warnedKey(found) })).toBe(true)
})

test('a meeting is moved, and a warning passed over, only as it was shown', () => {
  const found = check(['preEmpts', 'warned'])
  const agreed = { moves: movesKey(found), warned: warnedKey(found) }
  expect(isBlocked(found, NOT_AGREED)).toBe(true)
  expect(isBlocked(found, { ...agreed, warned: '' })).toBe(true)
  expect(isBlocked(found, agreed)).toBe(false)
  expect(isBlocked(check(['preEmpts', 'warned'], 30), agreed)).toBe(true)
})
