/** Joint tests of the mock: one that is looked at, and the checklist. */
import type { ActEntry, Checklist, ChecklistItem, ItemCheck, JointTestEntry, Measure, ReadinessEntry } from '@/api/generated/wire'

const HOUR = 3_600_000
const now = Date.now()

const TEXTS: [string, string, Measure | null][] = [
  ['line', '呼入或线路接通', 'line'],
  ['picture', '主画面清晰、连续', 'picture'],
  ['content', '辅流（双流）能收到', 'content'],
  ['sound', '对方声音清楚、无啸叫', 'sound'],
  ['own-sound', '本会场声音（对方确认）', null],
  ['own-picture', '本会场画面（对方确认）', null],
  ['venues', '各会场画面、声音', 'venues'],
  ['camera', '摄像头预置位', null],
  ['mixer', '话筒及调音台在标记位置', null],
  ['banner', '会标、横幅、桌牌', null],
  ['backup', '备用线路', null],
  ['phone', '电话联络畅通', null],
  ['power', '电源、UPS', null],
  ['network', '网络质量（丢包、时延）', 'network'],
  ['trial', '录制试录 10 秒', 'trial'],
  ['disk', '录制磁盘空间', 'disk'],
]

const MEASURED: Partial<Record<Measure, [boolean, string]>> = {
  line: [true, '省主会场：已接通'],
  picture: [true, '省主会场：1920×1080，25 帧/秒，3.9 Mbit/s'],
  sound: [true, '省主会场：声音 48 kbit/s'],
  venues: [false, '县主会场：1280×720，25 帧/秒，1.8 Mbit/s，声音 32 kbit/s；县应急局：没有声音'],
  network: [true, '省主会场：丢包 0.0%，往返时延线路不报告，抖动 2 ms；县主会场：丢包 0.1%，往返 4 ms，抖动 3 ms'],
  disk: [true, '约可录 61.4 小时，会议 2.0 小时，要求两倍'],
}

const act = (): ActEntry => ({ account: 'li', name: '李伟', atMs: Date.now() })
const item = ([id, text, measure]: (typeof TEXTS)[number]): ChecklistItem => ({ id, text, measure, verdict: 'open', note: '', measured: '', measuredGood: null, by: null })

const world: { checklist: Checklist; test: JointTestEntry } = {
  checklist: { items: TEXTS.map(([id, text, measure]) => ({ id, text, measured: measure !== null })) },
  test: {
    id: 'lian1', meeting: 'shengfu', title: '全省安全生产视频会议', meetingStartsAtMs: now + 18 * HOUR, meetingEndsAtMs: now + 20 * HOUR, startsAtMs: now - HOUR / 4, endsAtMs: now + (HOUR * 3) / 4,
    onAir: false, closed: false, line: '省主会场', venues: ['县主会场', '县应急局'], operator: { account: 'li', name: '李伟' }, state: 'planned', readiness: 'notTested', items: [], begun: null, ended: null, reason: '', explained: null, accepted: null, changed: null,
  },
}

const measured = (found: Partial<Record<Measure, [boolean, string]>>): JointTestEntry => {
  const of = (known: ChecklistItem): ChecklistItem => {
    const said = known.measure === null ? undefined : found[known.measure]
    return said === undefined ? known : { ...known, measured: said[1], measuredGood: said[0], verdict: said[0] ? 'good' : 'bad', note: said[0] ? '' : said[1], by: act() }
  }
  return (world.test = { ...world.test, items: world.test.items.map(of) })
}

const ACTS: Record<string, () => JointTestEntry> = {
  begin: () => (world.test = { ...world.test, state: 'running', readiness: 'running', onAir: true, begun: act(), items: world.test.items.length > 0 ? world.test.items : TEXTS.map(item) }),
  measure: () => measured(MEASURED),
  trial: () => measured({ trial: [true, '试录 9.9 秒，有画面、有声音，已删除'] }),
  end: () => {
    const passed = world.test.items.every(({ verdict }) => verdict === 'good' || verdict === 'absent')
    return (world.test = { ...world.test, state: passed ? 'passed' : 'defects', readiness: passed ? 'ready' : 'defects', onAir: false, closed: true, ended: act() })
  },
  accept: () => (world.test = { ...world.test, state: 'accepted', readiness: 'accepted', accepted: { ...act(), name: '张敏' } }),
}

type Answer = (body: unknown, parts: string[], query: URLSearchParams) => unknown

export const JOINT_ROUTES: [string, RegExp, Answer][] = [
  ['GET', /^\/api\/joint-tests$/, (): ReadinessEntry[] => [
    { meeting: 'fangxun', readiness: 'ready', openItems: 0, slot: 'lian0', startsAtMs: now - 20 * HOUR, none: null },
    { meeting: 'shengfu', readiness: world.test.readiness, openItems: world.test.readiness === 'defects' ? 1 : 0, slot: 'lian1', startsAtMs: world.test.startsAtMs, none: null },
  ]],
  ['GET', /^\/api\/joint-tests\/([^/]+)$/, () => world.test],
  ['POST', /^\/api\/joint-tests\/([^/]+)\/items$/, (body) => {
    const { item: id, verdict, note } = body as ItemCheck
    return (world.test = { ...world.test, items: world.test.items.map((known) => (known.id === id ? { ...known, verdict, note, by: act() } : known)) })
  }],
  ['POST', /^\/api\/joint-tests\/([^/]+)\/explain$/, (body) => (world.test = { ...world.test, state: 'explained', readiness: 'explained', reason: (body as { text: string }).text, explained: act() })],
  ['POST', /^\/api\/joint-tests\/([^/]+)\/([a-z]+)$/, (_, [, what]) => ACTS[what ?? '']?.()],
  ['GET', /^\/api\/checklist$/, () => world.checklist],
  ['POST', /^\/api\/checklist$/, (body) => (world.checklist = { items: (body as Checklist).items.map((entry, at) => ({ ...entry, id: entry.id === '' ? `new${at}` : entry.id })) })],
]
