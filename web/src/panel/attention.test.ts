import { expect, test } from 'vitest'
import type { PeerStatus, Status } from '@/api/generated/wire'
import { zh } from '@/text/zh'
import { attention, remember, totals } from './attention'

const peer = (key: string, more: Partial<PeerStatus> = {}): PeerStatus => ({
  key, participant: key, name: key, kind: 'viewer', state: 'connected', srtpProfile: null, ipv6: false, bpsIn: 10, bpsOut: 20,
  rttMs: null, lossOut: null, keyFrameRequests: 0, nacks: 0, bearableBps: null, queueingMs: null, slots: [], ageMs: 0, ...more,
})
const status: Status = {
  version: '0', startedAtMs: 0, uptimeSeconds: 0, demo: true,
  workers: [{ port: 50000, busy: 0.1, datagramsIn: 0, datagramsOut: 0, datagramsRefused: 0, sendFailures: 0, shed: 'nothing', delay: { boundsUs: [], counts: [], meanMs: null, p50Ms: null, p99Ms: null } }],
  unopened: [],
  meetings: [{ id: 'demo', title: '演示', codec: 'h264', onAir: null, stage: { onAir: null, heard: { who: 'nobody' } }, recording: null, participants: [], peers: [peer('a'), peer('b', { state: 'quiet' }), peer('c', { state: 'silent' })], publications: [] }],
  legs: [{ id: '1', meeting: 'demo', name: '演示信号', state: 'waiting', restarts: 3, detail: '进程退出', sinceMs: null, picture: null }],
  pipelines: [{ file: 'bad.toml', ok: false, reason: '缺少元件 x264enc', purpose: '' }, { file: 'good.toml', ok: true, reason: null, purpose: '' }],
  mirror: 'kept',
  logHostAway: false,
}

test('what is broken is named first, with its reason', () => {
  expect(attention(status, zh.status).map((item) => item.line)).toEqual([
    '线路「演示信号」未接通，正在重试：进程退出',
    'c：中断：15 秒没有收到数据',
    'b：注意：4 秒没有收到数据',
    '线路模板 bad.toml 不可用：缺少元件 x264enc',
  ])
})

test('a recording that is not written comes before all', () => {
  const recording = { state: 'notWriting' as const, sinceMs: 0, bytes: 0, lost: 0, restarts: 2, diskLastsMinutes: null, composedMs: 0 }
  const meetings = status.meetings.map((meeting) => ({ ...meeting, recording }))
  expect(attention({ ...status, meetings }, zh.status)[0]?.line).toBe('「演示」没有在录制：录制没有写入磁盘')
  const writing = status.meetings.map((meeting) => ({ ...meeting, recording: { ...recording, state: 'writing' as const } }))
  expect(attention({ ...status, meetings: writing }, zh.status)).toHaveLength(4)
  const short = writing.map((meeting) => ({ ...meeting, recording: { ...meeting.recording, diskLastsMinutes: 125 } }))
  expect(attention({ ...status, meetings: short }, zh.status)[0]?.line).toContain('还能录制 2 小时 5 分钟')
})

test('a book that is not that of its mirror is told', () => {
  const lines = attention({ ...status, mirror: 'differs' }, zh.status).map((item) => item.line)
  expect(lines[0]).toBe('审计记录与镜像不一致：请运行 yunling verify audit 查看，并报告审计管理员')
})

test('a month that was rewritten and a guard that is gone are told, each in its words', () => {
  for (const [mirror, words] of [['rewritten', '因此没有清理'], ['unguarded', '触发器'], ['unwritable', '磁盘'], ['clock', '时钟']] as const) {
    expect(attention({ ...status, mirror }, zh.status)[0]?.line).toContain(words)
  }
})

test('a log host that is away is told, and is no alarm', () => {
  const item = attention({ ...status, logHostAway: true }, zh.status).find(({ key }) => key === 'log host')
  expect(item).toEqual({ key: 'log host', grave: false, line: '日志服务器连不上：审计记录恢复后自动补送' })
})

test('totals are of all peers; the history keeps five minutes', () => {
  expect(totals(status)).toEqual({ peers: 3, in: 30, out: 60 })
  let history = { at: [] as number[], in: [] as number[], out: [] as number[] }
  for (let second = 0; second < 400; second += 1) history = remember(history, second, totals(status))
  expect([history.at.length, history.at[0]]).toEqual([300, 100])
})
