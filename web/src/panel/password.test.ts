import { expect, test } from 'vitest'
import { kept, RULES } from './password'

test.each([
  ['', '', '', []],
  ['old', 'Malong2026', 'Malong2026', ['length', 'classes', 'name', 'different', 'same']],
  ['old', 'malong2026', 'malong2026', ['length', 'name', 'different', 'same']],
  ['old', '马龙-Aa1', '马龙-Aa1', ['classes', 'name', 'different', 'same']],
  ['old', 'x-LiWei-2026!', 'x-LiWei-2026!', ['length', 'classes', 'different', 'same']],
  ['Malong2026', 'Malong2026', 'Malong202', ['length', 'classes', 'name']],
])('after %j, %j repeated as %j keeps %j', (old, next, again, rules) => {
  const state = kept({ chars: 10, classes: 3, history: 5 }, 'liwei', old, next, again)
  expect(RULES.filter((rule) => state[rule])).toEqual(rules)
})
