import { expect, test } from 'vitest'
import { placeAfter } from '@/api/live'

test('a page knows where to go on after each message', () => {
  const place = placeAfter(null, { type: 'hello', run: 'a', at: 7, areas: null })
  expect(place).toEqual({ run: 'a', at: 7 })
  expect(placeAfter(place, { type: 'changed', at: 9, areas: ['meeting'] })).toEqual({ run: 'a', at: 9 })
  expect(placeAfter(place, { type: 'here' })).toEqual(place)
  expect(placeAfter(null, { type: 'changed', at: 9, areas: [] })).toBeNull()
  expect(placeAfter(place, { type: 'hello', run: 'b', at: 0, areas: null })).toEqual({ run: 'b', at: 0 })
})
