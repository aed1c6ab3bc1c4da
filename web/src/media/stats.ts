/** Figures of one connection from two `getStats()` reports. Pure; the shells sample once a second. */
import type { MediaKind } from '@/api/generated/wire'

export interface Inbound {
  kind: MediaKind
  packets: number
  lost: number
  bytes: number
  frames: number
  freezes: number
  width: number
  height: number
  level: number
}

/** What one report says. Absent figures are 0, as browsers leave them out until the first packet. */
export interface Sample {
  atMs: number
  /** By media identification. */
  inbound: Map<string, Inbound>
  bytesOut: number
  /** Share of our packets the relay reported lost, 0..1; `null` before its first report. */
  lossOut: number | null
  rttMs: number | null
}

type Entry = Record<string, unknown>
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0)

export function readSample(report: Iterable<Entry>, atMs: number): Sample {
  const sample: Sample = { atMs, inbound: new Map(), bytesOut: 0, lossOut: null, rttMs: null }
  for (const entry of report) {
    switch (entry.type) {
      case 'inbound-rtp':
        sample.inbound.set(typeof entry.mid === 'string' ? entry.mid : `ssrc ${String(entry.ssrc)}`, {
          kind: entry.kind === 'audio' ? 'audio' : 'video',
          packets: number(entry.packetsReceived),
          lost: number(entry.packetsLost),
          bytes: number(entry.bytesReceived),
          frames: number(entry.framesDecoded),
          freezes: number(entry.freezeCount),
          width: number(entry.frameWidth),
          height: number(entry.frameHeight),
          level: number(entry.audioLevel),
        })
        break
      case 'outbound-rtp':
        sample.bytesOut += number(entry.bytesSent)
        break
      case 'remote-inbound-rtp':
        sample.lossOut = Math.max(sample.lossOut ?? 0, Math.min(1, Math.max(0, number(entry.fractionLost))))
        break
      case 'candidate-pair':
        if (entry.nominated === true && entry.state === 'succeeded' && typeof entry.currentRoundTripTime === 'number')
          sample.rttMs = entry.currentRoundTripTime * 1000
        break
      default:
    }
  }
  return sample
}

export const packetsIn = (sample: Sample): number => sum(sample, (line) => line.packets)

const sum = (sample: Sample, of: (line: Inbound) => number): number => {
  let total = 0
  for (const line of sample.inbound.values()) total += of(line)
  return total
}

/** Rates between two samples of one connection. */
export interface Figures {
  bpsIn: number
  bpsOut: number
  /** Share of packets missing on the way to us, 0..1. */
  lossIn: number
  lossOut: number | null
  rttMs: number | null
  /** Pictures decoded per second on the busiest line. */
  fps: number
  freezes: number
}

export function compare(before: Sample, after: Sample): Figures {
  const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1000)
  const got = Math.max(0, packetsIn(after) - packetsIn(before))
  const lost = Math.max(0, sum(after, (line) => line.lost) - sum(before, (line) => line.lost))
  const bytes = sum(after, (line) => line.bytes) - sum(before, (line) => line.bytes)
  let fps = 0
  for (const [mid, line] of after.inbound) fps = Math.max(fps, (line.frames - (before.inbound.get(mid)?.frames ?? 0)) / seconds)
  return {
    bpsIn: Math.max(0, (bytes * 8) / seconds),
    bpsOut: Math.max(0, ((after.bytesOut - before.bytesOut) * 8) / seconds),
    lossIn: got + lost === 0 ? 0 : lost / (got + lost),
    lossOut: after.lossOut,
    rttMs: after.rttMs,
    fps,
    freezes: Math.max(0, sum(after, (line) => line.freezes) - sum(before, (line) => line.freezes)),
  }
}

/** A verdict for people: figures of the trade's everyday limits (1 % loss shows, 3 % disturbs). */
export type Quality = 'good' | 'fair' | 'poor'

export function quality(figures: Figures): Quality {
  const loss = Math.max(figures.lossIn, figures.lossOut ?? 0)
  const rtt = figures.rttMs ?? 0
  if (loss > 0.05 || rtt > 500) return 'poor'
  return loss > 0.01 || rtt > 200 || figures.freezes > 0 ? 'fair' : 'good'
}

/** What the watch over a viewing connection remembers. */
export interface Watch {
  packets: number
  packetsAtMs: number
  frames: number
  framesAtMs: number
}

export type Verdict = 'fine' | 'silent' | 'frozen'

const SILENT_MS = 3000
const FROZEN_MS = 8000

export const startWatch = (atMs: number): Watch => ({ packets: 0, packetsAtMs: atMs, frames: 0, framesAtMs: atMs })

/**
 * Notices a connection that stopped: nothing for 3 s though something came before and should still come (`expect.media`),
 * or packets without a new picture on line `expect.picture` for 8 s.
 */
export function observe(watch: Watch, sample: Sample, expect: { media: boolean; picture: string | null }): { watch: Watch; verdict: Verdict } {
  const packets = packetsIn(sample)
  const frames = expect.picture === null ? watch.frames : (sample.inbound.get(expect.picture)?.frames ?? 0)
  const after: Watch = {
    packets,
    packetsAtMs: packets !== watch.packets || !expect.media ? sample.atMs : watch.packetsAtMs,
    frames,
    framesAtMs: frames !== watch.frames || expect.picture === null ? sample.atMs : watch.framesAtMs,
  }
  if (packets > 0 && sample.atMs - after.packetsAtMs >= SILENT_MS) return { watch: after, verdict: 'silent' }
  if (frames > 0 && sample.atMs - after.framesAtMs >= FROZEN_MS) return { watch: after, verdict: 'frozen' }
  return { watch: after, verdict: 'fine' }
}
