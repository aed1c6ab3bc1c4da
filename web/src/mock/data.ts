/** A county in the middle of a morning: what the panel shows while it is built without a server. Typed by the wire. */
import type { AccountEntry, AuditRow, CertificateEntry, DeviceEntry, LegEntry, Me, MeetingEntry, MeetingNotice, ParticipantStatus, PeerStatus, PenEntry, PenState, PublicationStatus, RecordingEntry, SignOffEntry, StageState, Status, TokenEntry, UnitList, VenueEntry } from '@/api/generated/wire'
import { BY_HAND } from './profiles'

const HOUR = 3_600_000
const now = Date.now()

export interface World {
  me: Me
  accounts: AccountEntry[]
  units: UnitList
  venues: VenueEntry[]
  devices: DeviceEntry[]
  tokens: TokenEntry[]
  meetings: MeetingEntry[]
  legs: LegEntry[]
  recordings: RecordingEntry[]
  signOffs: SignOffEntry[]
  notice: MeetingNotice
  pen: PenState
  stage: StageState
  audit: AuditRow[]
}

/** 李伟's certificate. */
export const CERTIFICATE: CertificateEntry = { id: 'c0ffee', serial: '4A:1C:09:33:B2', subject: 'CN=liwei 李伟, O=Yunling 云岭', notAfterMs: now + 8000 * HOUR, madeAtMs: now - 700 * HOUR, madeBy: 'command line uid 0', revokedAtMs: null }

const PEN: PenEntry = { unit: '县政府办', holder: '张敏', mine: false }

export const world: World = {
  me: { kind: 'user', account: 'li', login: 'liwei', name: '李伟', unit: '县政府办', signs: false, roles: ['operator', 'security_admin', 'audit_admin'], mustChangePassword: false, mustEnrol: false, lastLoginMs: now - 20 * HOUR, console: { locked: false, pinOpens: true, hasPin: true, pinDigits: 6, locksAfterS: 900 }, passwordRules: { chars: 10, classes: 3, history: 5 } },
  accounts: [
    { id: 'admin', login: 'admin', name: '系统初始管理员', unit: null, unitName: '', roles: ['system_admin', 'security_admin'], enabled: true, locked: false, mustChangePassword: false, lastLoginMs: now - HOUR, sessions: 1, unused: false, exception: { login: 'admin', origin: 'firstRun', sinceMs: now - 900 * HOUR, decidedBy: '', reason: '', recordedBy: '' }, secondFactor: false, factorLost: false, certificates: [] },
    { id: 'li', login: 'liwei', name: '李伟', unit: 'zfb', unitName: '县政府办', roles: ['operator'], enabled: true, locked: false, mustChangePassword: false, lastLoginMs: now - 20 * HOUR, sessions: 1, unused: false, exception: null, secondFactor: false, factorLost: false, certificates: [CERTIFICATE] },
    { id: 'zhang', login: 'zhangmin', name: '张敏', unit: 'zfb', unitName: '县政府办', roles: ['leader'], enabled: true, locked: false, mustChangePassword: true, lastLoginMs: null, sessions: 0, unused: false, exception: null, secondFactor: false, factorLost: false, certificates: [] },
    { id: 'wang', login: 'wangq', name: '王强', unit: 'swj', unitName: '县水务局', roles: ['clerk', 'liaison'], enabled: true, locked: true, mustChangePassword: false, lastLoginMs: now - 2400 * HOUR, sessions: 0, unused: true, exception: null, secondFactor: false, factorLost: false, certificates: [] },
  ],
  units: {
    units: [
      { id: 'zfb', name: '县政府办', rank: 0, own: true, signsArrangements: false, closedAtMs: null, liaisons: [], mine: false, people: [
        { account: 'li', login: 'liwei', name: '李伟', roles: ['operator'], enabled: true, unused: false, lastLoginMs: now - 20 * HOUR },
        { account: 'zhang', login: 'zhangmin', name: '张敏', roles: ['leader'], enabled: true, unused: false, lastLoginMs: null },
      ] },
      { id: 'swj', name: '县水务局', rank: 1, own: false, signsArrangements: false, closedAtMs: null, liaisons: [{ account: 'wang', name: '王强' }], mine: true, people: [{ account: 'wang', login: 'wangq', name: '王强', roles: ['clerk', 'liaison'], enabled: true, unused: true, lastLoginMs: now - 2400 * HOUR }] },
      { id: 'yjj', name: '县应急管理局', rank: 2, own: false, signsArrangements: false, closedAtMs: null, liaisons: [], mine: false, people: [] },
    ],
    requests: [
      { id: 'q1', unit: '县水务局', askedBy: '王强', mine: false, askedAtMs: now - HOUR, login: 'zhaojun', name: '赵军', roles: ['leader'], reason: '新任副局长，分管防汛', decision: null },
      { id: 'q0', unit: '县水务局', askedBy: '王强', mine: false, askedAtMs: now - 60 * HOUR, login: 'sunli', name: '孙丽', roles: ['operator'], reason: '值班', decision: { by: '系统初始管理员', atMs: now - 50 * HOUR, granted: false, reason: '值班由县政府办统一安排' } },
    ],
  },
  venues: [
    { id: 'hall', name: '一楼会议室', rank: 0 },
    { id: 'jijiu', name: '应急局', rank: 1 },
    { id: 'tongquan', name: '通泉街道', rank: 2 },
  ],
  tokens: [
    { id: 'k1', meeting: '防汛工作视频会商', role: 'publisher', name: '县水务局', madeBy: 'command line uid 0', madeAtMs: now - 600_000, expiresAtMs: now + 3_000_000, revokedAtMs: null },
    { id: 'k2', meeting: '防汛工作视频会商', role: 'viewer', name: '', madeBy: 'command line uid 0', madeAtMs: now - 900_000, expiresAtMs: now + 2_700_000, revokedAtMs: now - 60_000 },
  ],
  devices: [
    { id: 'd9', name: '张敏座席', kind: 'seat', venue: 'hall', person: '张敏', state: 'paired', lastSeenMs: now - 2000 },
    { id: 'd1', name: '一楼会议室会场机', kind: 'room', venue: 'hall', person: null, state: 'paired', lastSeenMs: now - 4000 },
    { id: 'd2', name: '应急局大屏', kind: 'screen', venue: 'jijiu', person: null, state: 'waiting', lastSeenMs: null },
    { id: 'd3', name: '旧电脑', kind: 'room', venue: 'hall', person: null, state: 'revoked', lastSeenMs: now - 90 * HOUR },
  ],
  meetings: [
    { id: 'fangxun', title: '全省防汛抗旱工作视频会议', startsAtMs: now - HOUR, endsAtMs: now + HOUR, kind: 'upper', codec: 'h264', state: 'on_air', cancelReason: '', series: null, tests: null, venues: ['hall', 'jijiu', 'tongquan'], line: 'province', operator: { account: 'li', name: '李伟' }, leaders: [{ account: 'zhang', name: '张敏' }], signing: null, opening: { ...BY_HAND, beforeMinutes: 10, recorded: false } },
    { id: 'diaodu', title: '全县重点项目调度会', startsAtMs: now + 3 * HOUR, endsAtMs: now + 5 * HOUR, kind: 'own', codec: 'h264', state: 'planned', cancelReason: '', series: null, tests: null, venues: ['hall', 'tongquan'], line: null, operator: null, leaders: [], signing: null, opening: BY_HAND },
    { id: 'shengfu', title: '全省安全生产视频会议', startsAtMs: now + 18 * HOUR, endsAtMs: now + 20 * HOUR, kind: 'upper', codec: 'h264', state: 'planned', cancelReason: '', series: null, tests: null, venues: ['hall', 'jijiu'], line: 'province', operator: { account: 'li', name: '李伟' }, leaders: [], signing: null, opening: BY_HAND },
    { id: 'lian1', title: '联调：全省安全生产视频会议', startsAtMs: now - HOUR / 4, endsAtMs: now + (HOUR * 3) / 4, kind: 'upper', codec: 'h264', state: 'planned', cancelReason: '', series: null, tests: 'shengfu', venues: ['hall', 'jijiu'], line: 'province', operator: { account: 'li', name: '李伟' }, leaders: [], signing: null, opening: BY_HAND },
    { id: 'zhouhui', title: '周例会', startsAtMs: now - 48 * HOUR, endsAtMs: now - 47 * HOUR, kind: 'own', codec: 'h264', state: 'closed', cancelReason: '', series: null, tests: null, venues: ['hall'], line: null, operator: null, leaders: [], signing: null, opening: BY_HAND },
    { id: 'zhuren', title: '主任办公会', startsAtMs: now - 30 * HOUR, endsAtMs: now - 28 * HOUR, kind: 'own', codec: 'h264', state: 'cancelled', cancelReason: '上级会议时间冲突', series: null, tests: null, venues: ['hall'], line: null, operator: null, leaders: [], signing: null, opening: BY_HAND },
  ],
  legs: [
    { id: 'province', name: '省主会场', meeting: 'fangxun', source: { kind: 'rtsp', url: 'rtsp://10.36.0.8:554/live', transport: 'tcp', user: 'relay', password: null }, hasSecret: true, fromSettings: false, enabled: true, state: 'running', sentence: '', restarts: 2, sinceMs: null },
    { id: 'backup', name: '市局备用', meeting: 'fangxun', source: { kind: 'srtListener', port: 9000, passphrase: null, latencyMs: 200 }, hasSecret: false, fromSettings: false, enabled: true, state: 'waiting', sentence: '编码器送来的画面含有 B 帧，不能使用。请在编码器上选择 Baseline 档次或关闭 B 帧。', restarts: 7, sinceMs: null },
  ],
  recordings: [
    { id: 'r3', meeting: 'fangxun', title: '全省防汛抗旱工作视频会议', unit: '县政府办', pen: PEN, note: '', locked: false, asked: [], startedAtMs: now - HOUR, endedAtMs: null, state: 'recording', now: { state: 'writing', sinceMs: now - HOUR, bytes: 900_000_000, lost: 0, restarts: 0, diskLastsMinutes: 3000, composedMs: 0 }, percent: null, lengthMs: null, bytes: null, gaps: null, failure: null },
    { id: 'r2', meeting: 'zhouhui', title: '周例会', unit: '县政府办', pen: PEN, note: '', locked: false, asked: [], startedAtMs: now - 48 * HOUR, endedAtMs: now - 47 * HOUR, state: 'incomplete', now: null, percent: null, lengthMs: HOUR, bytes: 700_000_000, gaps: 2, failure: null },
    { id: 'r1', meeting: 'zhouhui', title: '周例会', unit: '县政府办', pen: PEN, note: '', locked: false, asked: [], startedAtMs: now - 49 * HOUR, endedAtMs: now - 48 * HOUR, state: 'failed', now: null, percent: null, lengthMs: null, bytes: null, gaps: null, failure: { kind: 'diskFull', detail: 'no space left on device' } },
  ],
  signOffs: [
    { id: 's1', recording: 'r2', title: '周例会', recordedAtMs: now - 48 * HOUR, askedBy: '王强', mine: false, askedAtMs: now - 2 * HOUR, purpose: '县志编纂', recipient: '县档案馆', days: 7, part: null, pen: PEN, standing: 'waiting', untilMs: null, decision: null, recall: null },
  ],
  notice: { unit: '县防汛抗旱指挥部', attendees: [{ name: '张建国 副县长', unit: '县政府' }], agenda: ['通报汛情'], contact: '李军 0874-8881234', requirements: [] },
  pen: { pens: [PEN, { unit: '县水务局', holder: '刘志强', mine: false }], deputies: [{ account: 'zhang', name: '张敏', unit: '县政府' }], delegations: [{ id: 'd1', by: '张建国', mine: false, deputy: '张敏', fromMs: now - HOUR, untilMs: now + 48 * HOUR, reason: '赴省党校学习', endedMs: null, term: 'runs' }] },
  stage: { onAir: 'province', heard: { who: 'only', participants: ['province', 'v-jijiu'] } },
  audit: [
    { number: 3, atMs: now - 3000, actor: 'liwei', address: '10.36.2.20', action: 'microphone.open', subject: 'fangxun/v-jijiu', result: 'ok' },
    { number: 2, atMs: now - 60_000, actor: 'liwei', address: '10.36.2.20', action: 'meeting.open', subject: 'fangxun', result: 'ok' },
    { number: 1, atMs: now - 90_000, actor: 'stranger', address: '10.36.2.31', action: 'login', subject: 'liwei', result: 'login.wrong' },
  ],
} satisfies World

const DELAY = { boundsUs: [50, 100, 250, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 500_000], counts: [9_000, 48_000, 30_000, 2_400, 500, 60, 4, 0, 0, 0, 0, 0, 0], meanMs: 0.09, p50Ms: 0.1, p99Ms: 0.5 }
const peer = (participant: string, name: string, kind: PeerStatus['kind'], more: Partial<PeerStatus> = {}): PeerStatus => ({
  key: `${participant} ${kind}`, participant, name, kind, state: 'connected', srtpProfile: 'SRTP_AEAD_AES_128_GCM', ipv6: false, bpsIn: 2_300_000, bpsOut: 120_000,
  rttMs: 3.2, lossOut: 0, keyFrameRequests: 2, nacks: 0, bearableBps: kind === 'viewer' ? 8_000_000 : null, queueingMs: kind === 'viewer' ? 1.4 : null, slots: [], ageMs: 3_600_000, ...more,
})
const publication = (id: number, participant: string, codec: PublicationStatus['codec'], live: boolean): PublicationStatus => ({
  id, participant, role: 'main', codec, live, packets: 90_000, lost: 4, repaired: 21, jitterMs: 2.1, bps: codec === 'opus' ? 48_000 : 2_300_000, fps: 25, keyFrameAgeMs: 900, size: codec === 'opus' ? null : [1280, 720], viewers: 4,
  keyFrameRequests: { viewer: 1, beginning: 6, overflow: 0, loss: 2, recording: 1 }, delay: DELAY,
})

const someone = (participant: string, name: string, kind: ParticipantStatus['kind'], more: Partial<ParticipantStatus> = {}): ParticipantStatus => ({
  participant, name, kind, connected: true, onAir: false, picture: true, microphone: 'closed', heard: false, publications: [1], ...more,
})
const PEOPLE = [
  someone('province', '省主会场', 'leg'),
  someone('v-hall', '一楼会议室', 'device'),
  someone('v-jijiu', '应急局', 'device', { connected: false }),
  someone('u-zhang', '张敏', 'person', { picture: false, microphone: 'absent' }),
]

/** The status at this moment, following the mock's own meetings, links and stage. */
export function status(): Status {
  return {
    version: '0.1.0', startedAtMs: now - 30 * HOUR, uptimeSeconds: 30 * 3600, demo: false,
    workers: [{ port: 50000, busy: 0.12, datagramsIn: 1_200_000, datagramsOut: 9_800_000, datagramsRefused: 0, sendFailures: 0, shed: 'nothing', delay: DELAY }],
    meetings: world.meetings.filter(({ state }) => state === 'on_air').map((meeting) => ({
      id: meeting.id, title: meeting.title, codec: meeting.codec, onAir: world.stage.onAir, stage: world.stage,
      recording: { state: 'writing', sinceMs: now - HOUR, bytes: 900_000_000, lost: 0, restarts: 0, diskLastsMinutes: 3000, composedMs: 0 },
      participants: PEOPLE,
      peers: [peer('province', '省主会场', 'leg', { srtpProfile: null }), peer('v-hall', '一楼会议室', 'publisher'), peer('v-jijiu', '应急局', 'publisher', { state: 'quiet' }), peer('u-zhang', '张敏', 'publisher'), peer('v-hall', '一楼会议室', 'viewer')],
      publications: [publication(1, 'province', 'h264', true), publication(2, 'province', 'opus', true), publication(3, 'v-hall', 'h264', true), publication(4, 'v-hall', 'opus', true), publication(5, 'v-jijiu', 'h264', true), publication(6, 'v-jijiu', 'opus', true), publication(7, 'u-zhang', 'h264', false)],
    })),
    legs: world.legs.map(({ id, meeting, name, state, restarts, sentence }) => ({ id, meeting, name, state, restarts, detail: sentence, sinceMs: state === 'running' ? now - HOUR : null, picture: null })),
    pipelines: [{ file: 'rtsp-in.toml', ok: true, reason: null, purpose: '从 RTSP 地址取画面和声音' }],
    unopened: [],
    mirror: 'kept',
    logHostAway: false,
  }
}
