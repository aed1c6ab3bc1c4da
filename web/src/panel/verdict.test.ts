import { expect, test } from 'vitest'
import type { PeerSlot, PeerStatus, PublicationStatus } from '@/api/generated/wire'
import { en } from '@/text/en'
import { zh } from '@/text/zh'
import { verdict } from './verdict'

const picture = (more: Partial<PeerSlot> = {}): PeerSlot => ({ mid: '0', video: true, publication: 1, size: [1280, 720], reduced: false, heldBack: false, shed: false, freezes: 0, frozenMs: 0, ...more })
const sound: PeerSlot = { mid: '1', video: false, publication: 2, size: null, reduced: false, heldBack: false, shed: false, freezes: 0, frozenMs: 0 }
const peer = (more: Partial<PeerStatus> = {}): PeerStatus => ({
  key: 'a', participant: 'a', name: 'a', kind: 'viewer', state: 'connected', srtpProfile: null, ipv6: false, bpsIn: 10, bpsOut: 20,
  rttMs: 20, lossOut: 0, keyFrameRequests: 0, nacks: 0, bearableBps: null, queueingMs: 1, slots: [picture(), sound], ageMs: 0, ...more,
})
const publication = (more: Partial<PublicationStatus> = {}): PublicationStatus => ({
  id: 1, participant: 'a', role: 'main', codec: 'h264', live: true, packets: 970, lost: 10, repaired: 20, jitterMs: 1, bps: 1, fps: 25, keyFrameAgeMs: 1, size: [1280, 720], viewers: 1,
  keyFrameRequests: { viewer: 0, beginning: 0, overflow: 0, loss: 0, recording: 0 }, delay: { boundsUs: [], counts: [], meanMs: null, p50Ms: null, p99Ms: null }, ...more,
})

test('figures become a sentence in both languages', () => {
  const cases: [PeerStatus, string, string, boolean][] = [
    [peer(), '正常', 'fine', false],
    [peer({ lossOut: 0.04, slots: [picture({ reduced: true, size: [640, 360] }), sound] }), '下行丢包 4.0 %，已降为 360p，声音正常', '4.0 % lost on the way down, lowered to 360p, sound is fine', true],
    [peer({ lossOut: 0.04 }), '下行丢包 4.0 %，画面正常，声音正常', '4.0 % lost on the way down, picture is fine, sound is fine', true],
    [peer({ slots: [picture({ reduced: true, shed: true }), sound] }), '服务器过载，画面已减少，声音正常', 'fewer pictures: the server is overloaded, sound is fine', true],
    [peer({ lossOut: 0.25, slots: [picture({ publication: null, size: null, heldBack: true }), sound] }), '下行丢包 25 %，带宽不足，画面停发，声音可能断续', '25 % lost on the way down, picture not sent for want of bandwidth, sound may break up', true],
    [peer({ queueingMs: 180 }), '线路排队 180 ms，画面正常，声音正常', 'packets queue for 180 ms, picture is fine, sound is fine', true],
    [peer({ rttMs: 620, slots: [sound] }), '往返 620 ms，声音正常', 'round trip 620 ms, sound is fine', true],
    [peer({ state: 'connecting', slots: [] }), '正在连接', 'connecting', false],
    [peer({ state: 'silent' }), '中断：15 秒没有收到数据，声音可能断续', 'broken: nothing for 15 s, sound may break up', true],
    [peer({ kind: 'publisher', slots: [] }), '上行丢包 3.0 %', '3.0 % lost on the way up', true],
  ]
  for (const [of, chinese, english, attention] of cases) {
    const result = verdict(of, [publication()])
    expect([zh.status.verdict(result), en.status.verdict(result), result.attention]).toEqual([chinese, english, attention])
  }
})

test('the loss of others is not one’s own', () => {
  expect(verdict(peer({ kind: 'leg', slots: [] }), [publication({ participant: 'b' })]).line).toEqual({ kind: 'fine' })
})
