import { expect, test } from 'vitest'
import { filterOf, typedOf } from './filter'

test('days are whole, both included', () => {
  const { fromMs, untilMs, actor } = filterOf(typedOf(new URLSearchParams('from=2026-11-25&until=2026-11-30&actor=li')))
  expect([new Date(fromMs ?? 0).toString().slice(0, 21), new Date(untilMs ?? 0).toString().slice(0, 21)]).toEqual(['Wed Nov 25 2026 00:00', 'Tue Dec 01 2026 00:00'])
  expect(actor).toBe('li')
})

test('what is no day does not count', () => {
  expect(filterOf(typedOf(new URLSearchParams('from=25.11.&until='))).fromMs).toBeNull()
})
