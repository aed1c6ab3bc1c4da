import { expect, test } from 'vitest'
import { playable } from './codecs'
import { deviceFault } from './devices'
import { level } from './sound'

test.each([
  ['NotAllowedError', 'denied'],
  ['NotFoundError', 'absent'],
  ['OverconstrainedError', 'absent'],
  ['NotReadableError', 'busy'],
  ['TypeError', 'unknown'],
])('%s means %s', (name, fault) => expect(deviceFault(name)).toBe(fault))

test('the level meter is 0 in silence and 1 at full scale', () => {
  expect(level(new Float32Array(64))).toBe(0)
  expect(level(new Float32Array(64).fill(1))).toBeCloseTo(1)
  expect(level(new Float32Array(64).fill(0.1))).toBeCloseTo(40 / 60)
})

test('a browser that lists no H.264 can not play it; one that lists nothing is trusted', () => {
  expect(playable(['video/VP8', 'video/rtx'], 'h264')).toBe(false)
  expect(playable(['video/H264'], 'h264')).toBe(true)
  expect(playable(null, 'h264')).toBe(true)
})
