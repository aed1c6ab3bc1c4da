import { expect, test } from 'vitest'
import { compare, observe, quality, readSample, startWatch, type Sample } from './stats'

const report = (packets: number, frames = 0, lost = 0) => [
  { type: 'inbound-rtp', mid: '0', kind: 'video', packetsReceived: packets, packetsLost: lost, bytesReceived: packets * 1000, framesDecoded: frames },
  { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.02 },
  { type: 'codec' },
]
const at = (seconds: number, packets: number, frames = 0, lost = 0): Sample => readSample(report(packets, frames, lost), seconds * 1000)

test('rates come from the difference of two samples', () => {
  expect(compare(at(0, 100, 50), at(2, 298, 100, 2))).toMatchObject({ bpsIn: 792_000, lossIn: 0.01, fps: 25, rttMs: 20, freezes: 0 })
})

test('a counter that begins anew never makes a negative rate', () => {
  expect(compare(at(0, 500, 500, 9), at(1, 3, 1, 0))).toMatchObject({ bpsIn: 0, lossIn: 0 })
})

test.each([
  [0, 20, 'good'],
  [0.02, 20, 'fair'],
  [0, 300, 'fair'],
  [0.08, 20, 'poor'],
])('%s loss and %s ms is %s', (lossIn, rttMs, verdict) => {
  expect(quality({ bpsIn: 1, bpsOut: 0, lossIn, lossOut: null, rttMs, fps: 25, freezes: 0 })).toBe(verdict)
})

/** One sample a second; answers the verdicts. */
function watch(packets: number[], frames: number[], expectation: { media: boolean; picture: string | null }) {
  let state = startWatch(0)
  return packets.map((count, second) => {
    const step = observe(state, at(second, count, frames[second] ?? 0), expectation)
    state = step.watch
    return step.verdict
  })
}

test('three seconds without a packet are silence, if packets came before and should come', () => {
  const media = { media: true, picture: null }
  expect(watch([10, 20, 20, 20, 20], [], media)).toEqual(['fine', 'fine', 'fine', 'fine', 'silent'])
  expect(watch([0, 0, 0, 0, 0, 0], [], media)).not.toContain('silent')
  expect(watch([10, 20, 20, 20, 20, 20], [], { media: false, picture: null })).not.toContain('silent')
})

test('packets without pictures are a freeze after eight seconds', () => {
  const packets = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
  expect(watch(packets, Array<number>(11).fill(7), { media: true, picture: '0' }).indexOf('frozen')).toBe(8)
  expect(watch(packets, Array<number>(11).fill(7), { media: true, picture: null })).not.toContain('frozen')
})
