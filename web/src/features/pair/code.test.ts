import { expect, test } from 'vitest'
import { press } from './code'

test.each([
  ['', '1', '1'],
  ['1234567', '8', '12345678'],
  ['12345678', '9', '12345678'],
  ['12', 'Backspace', '1'],
  ['', 'Backspace', ''],
  ['12', 'a', '12'],
  ['12', 'Enter', '12'],
])('%j and %s is %j', (code, key, after) => expect(press(code, key)).toBe(after))
