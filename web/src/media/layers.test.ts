import { expect, test } from 'vitest'
import { chosen, encodings } from './layers'

const rids = (list: RTCRtpEncodingParameters[]) => list.map(({ rid }) => rid)

test('a camera sends as many sizes as its picture has, the smallest first; content is sent as it is', () => {
  expect(rids(encodings('main', 1080))).toEqual(['l', 'm', 'h'])
  expect(rids(encodings('main'))).toEqual(['l', 'm', 'h'])
  expect(rids(encodings('main', 480))).toEqual(['l', 'h'])
  expect(rids(encodings('main', 240))).toEqual([undefined])
  expect(rids(encodings('content', 1080))).toEqual([undefined])
})

test('what nobody needs is not sent, and what the relay says again changes nothing', () => {
  const all = encodings('main')
  const some = chosen(all, ['l', 'h'])
  expect(some?.map(({ active }) => active)).toEqual([true, false, true])
  expect(chosen(some ?? [], ['l', 'h'])).toBeNull()
  expect(chosen(all, ['l', 'm', 'h'])).toBeNull()
  expect(chosen(all, ['x'])).toBeNull()
  expect(chosen(encodings('content'), ['l'])).toBeNull()
})
