import { expect, test } from 'vitest'
import { pageAddress, roomAddress } from './paths'

test.each([
  ['/join/demo', '', { meeting: 'demo', token: null }],
  ['/screen/demo/', '#token=abc.def', { meeting: 'demo', token: 'abc.def' }],
  ['/join/%E9%98%B2%E6%B1%9B', '#token=', { meeting: '防汛', token: null }],
  ['/join/%E9%9', '', { meeting: '%E9%9', token: null }],
  ['/join/', '', null],
  ['/join/a/b', '', null],
])('%s%s names %o', (path, fragment, address) => expect(pageAddress(path, fragment)).toEqual(address))

test.each([
  ['/pair', { kind: 'pair' }],
  ['/seat', { kind: 'seat' }],
  ['/seat/x', { kind: 'unknown' }],
  ['/pair/', { kind: 'pair' }],
  ['/room/hall', { kind: 'room', venue: 'hall' }],
  ['/room/', { kind: 'unknown' }],
  ['/room/a/b', { kind: 'unknown' }],
])('%s is %o', (path, address) => expect(roomAddress(path)).toEqual(address))
