/** The mock API of `npm run dev`: every route of the panel answered from [`world`](./data.ts), changes included. Never part of the build. */
import type {
  AccessTable, AccountChange, AccountEntry, AccountMade, Cancellation, CheckLine, ClashEntry, DeviceMade, HandOverForm, HandOverMade, ImportCheck, LegChange, MeetingChange, MeetingNotice, MicrophoneChange, NewAccount, NewAccountRequest, NewDevice, NewHandOver, NewLeg, NewMeeting, NewUnit, NewVenue, OwnCertificates, PairRequest, PersonChoice, ProgrammeChoice, Remark, ScheduleCheck, ScheduleChoices, SeriesCheck, SignOffRequest, SpecialDayEntry, StageState, UnitChange, VenueChange, Verdict,
} from '@/api/generated/wire'
import openapi from '@/api/generated/openapi.json?raw'
import { CERTIFICATE, status, world } from './data'
import { JOINT_ROUTES } from './joint'
import { MATERIAL_ROUTES } from './materials'
import { BY_HAND, PROFILE_ROUTES } from './profiles'
import { ATTENDANCE } from './attendance'
import { ROLL_CALLS } from './roll-call'

type Answer = (body: unknown, parts: string[], query: URLSearchParams) => unknown
const CODE_MS = 600_000

class Refusal extends Error {
  readonly answer: Response
  constructor(code: number, name: string, title: string) {
    super(name)
    this.answer = refusal(code, name, title)
  }
}

const refusal = (code: number, name: string, title: string): Response =>
  new Response(JSON.stringify({ type: `urn:yunling:problem:${name}`, title, status: code, detail: '', code: name, requestId: 'mock' }), { status: code, headers: { 'content-type': 'application/problem+json' } })

function find<T extends { id: string }>(list: T[], id: string | undefined): T {
  const found = list.find((entry) => entry.id === id)
  if (found === undefined) throw new Refusal(404, 'request.not_found', '找不到所请求的内容，或者您无权查看。请检查链接是否完整。')
  return found
}

let count = 0
const fresh = (kind: string) => `${kind}${(count += 1)}`
const made = (id: string): AccountMade => ({ account: find(world.accounts, id), oneTimePassword: 'Gk7m-Qw2t-Zp9x' })
const heard = (change: (list: string[]) => string[]): StageState => {
  const list = world.stage.heard.who === 'only' ? world.stage.heard.participants : []
  world.stage = { ...world.stage, heard: { who: 'only', participants: change(list) } }
  return world.stage
}

const person = (account: string) => ({ account, name: find(world.accounts, account).name })
const choice = ({ id, name, unitName }: AccountEntry): PersonChoice => ({ account: id, name, unit: unitName })

const ownConsole = (change: Partial<Extract<typeof world.me, { kind: 'user' }>['console']>): void => {
  if (world.me.kind === 'user') Object.assign(world.me.console, change)
}

const ROUTES: [string, RegExp, Answer][] = [
  ...PROFILE_ROUTES,
  ...JOINT_ROUTES,
  ...MATERIAL_ROUTES,
  ['GET', /^\/api\/openapi\.json$/, () => JSON.parse(openapi) as unknown],
  ...ATTENDANCE,
  ['GET', /^\/api\/me$/, () => world.me],
  ['GET', /^\/api\/me\/second-factor$/, () => ({ on: false, recoveryCodes: 0 })],
  ['GET', /^\/api\/me\/certificates$/, (): OwnCertificates => ({ asked: true, shown: CERTIFICATE.id, certificates: [CERTIFICATE] })],
  ['POST', /^\/api\/accounts\/([^/]+)\/certificates\/([^/]+)\/revoke$/, (_, [id, certificate]) => {
    Object.assign(find(find(world.accounts, id).certificates, certificate), { revokedAtMs: Date.now() })
    return find(world.accounts, id)
  }],
  ['POST', /^\/api\/login$/, () => (world.me = { kind: 'user', account: 'li', login: 'liwei', name: '李伟', unit: '县政府办', signs: false, roles: ['operator'], mustChangePassword: false, mustEnrol: false, lastLoginMs: Date.now(), console: { locked: false, pinOpens: false, hasPin: false, pinDigits: 6, locksAfterS: 900 }, passwordRules: { chars: 10, classes: 3, history: 5 } })],
  ['POST', /^\/api\/me\/(lock|unlock)$/, (_, [word]) => ownConsole({ locked: word === 'lock' })],
  ['POST', /^\/api\/me\/pin$/, () => ownConsole({ hasPin: true, pinOpens: true })],
  ['DELETE', /^\/api\/me\/pin$/, () => ownConsole({ hasPin: false, pinOpens: false })],
  ['POST', /^\/api\/logout$/, () => void (world.me = { kind: 'stranger' })],
  ['POST', /^\/api\/me\/password$/, () => undefined],
  ['GET', /^\/api\/me\/logins$/, () => [{ id: 'a1', madeAtMs: Date.now() - 3_600_000, seenAtMs: Date.now(), address: '10.36.2.20', current: true }, { id: 'b2', madeAtMs: Date.now() - 7_200_000, seenAtMs: Date.now() - 60_000, address: '10.36.2.31', current: false }]],
  ['POST', /^\/api\/me\/logins\/([^/]+)\/end$/, () => undefined],
  ['GET', /^\/api\/accounts$/, () => world.accounts],
  ['POST', /^\/api\/accounts\/([^/]+)\/unlock$/, (_, [id]) => Object.assign(find(world.accounts, id), { locked: false })],
  ['POST', /^\/api\/accounts$/, (body) => {
    const id = fresh('a')
    world.accounts.push({ ...(body as NewAccount), unit: (body as NewAccount).unit ?? null, unitName: world.units.units.find(({ id: unit }) => unit === (body as NewAccount).unit)?.name ?? '', id, enabled: true, locked: false, mustChangePassword: true, lastLoginMs: null, sessions: 0, unused: false, exception: null, secondFactor: false, factorLost: false, certificates: [] })
    return made(id)
  }],
  ['PATCH', /^\/api\/accounts\/([^/]+)$/, (body, [id]) => Object.assign(find(world.accounts, id), body as AccountChange)],
  ['POST', /^\/api\/accounts\/([^/]+)\/reset$/, (_, [id]) => made(id ?? '')],
  ['GET', /^\/api\/hand-overs$/, (): HandOverForm[] => [{ toAccount: 'wang', fromName: '赵军', fromLogin: 'zhaojun', toName: '王强', toLogin: 'wangq', unitName: '县水务局', roles: ['clerk', 'liaison'], units: ['县水务局'], reason: '赵军调任县政府办', atMs: Date.now() - 86_400_000 }]],
  ['POST', /^\/api\/accounts\/([^/]+)\/hand-over$/, (body, [id]): HandOverMade => {
    const from = find(world.accounts, id)
    const { login, name, reason } = body as NewHandOver
    const to = { ...from, id: fresh('a'), login, name, mustChangePassword: true, lastLoginMs: null, sessions: 0 }
    world.accounts.push(to)
    Object.assign(from, { enabled: false, sessions: 0 })
    return { made: made(to.id), fromName: from.name, fromLogin: from.login, units: ['县水务局'], reason, atMs: Date.now() }
  }],
  ['POST', /^\/api\/accounts\/([^/]+)\/end-sessions$/, (_, [id]) => void (find(world.accounts, id).sessions = 0)],
  ['GET', /^\/api\/access$/, (): AccessTable => ({ roles: ['system_admin', 'security_admin', 'audit_admin', 'operator', 'leader', 'clerk', 'approver', 'liaison'], rows: [{ action: 'steer_meeting', reach: ['no', 'no', 'no', 'any', 'no', 'no', 'no', 'no'] }, { action: 'decide_account', reach: ['no', 'others', 'no', 'no', 'no', 'no', 'no', 'no'] }, { action: 'read_audit', reach: ['no', 'no', 'any', 'no', 'no', 'no', 'no', 'no'] }], apart: [['system_admin', 'audit_admin'], ['security_admin', 'audit_admin']] })],
  ['GET', /^\/api\/self-check$/, (): CheckLine[] => [
    { control: 'password_rules', verdict: 'holds', figures: [10, 3, 5], names: [], exceptions: [] },
    { control: 'password_age', verdict: 'fails', figures: [0], names: [], exceptions: [] },
    { control: 'second_factor', verdict: 'look', figures: [], names: [], exceptions: [] },
    { control: 'client_certificates', verdict: 'look', figures: [1, 1, 0], names: ['admin'], exceptions: [] },
    { control: 'officers', verdict: 'fails', figures: [], names: ['audit_admin'], exceptions: [] },
    { control: 'officers_apart', verdict: 'fails', figures: [], names: ['admin'], exceptions: [] },
    { control: 'liaisons', verdict: 'look', figures: [], names: ['县政府办', '县应急管理局'], exceptions: [] },
    { control: 'log_host', verdict: 'look', figures: [0], names: [], exceptions: [] },
  ]],
  ['POST', /^\/api\/units\/([^/]+)\/(close|reopen)$/, (_, [id, word]) => void Object.assign(find(world.units.units, id), word === 'close' ? { closedAtMs: Date.now(), liaisons: [], mine: false } : { closedAtMs: null })],
  ['GET', /^\/api\/units\/names$/, () => world.units.units.map(({ name }) => name)],
  ['GET', /^\/api\/units$/, () => world.units],
  ['POST', /^\/api\/units$/, (body) => {
    const unit = { id: fresh('u'), name: (body as NewUnit).name, rank: world.units.units.length, own: world.units.units.length === 0, signsArrangements: false, closedAtMs: null, liaisons: [], mine: false, people: [] }
    world.units.units.push(unit)
    return unit
  }],
  ['PATCH', /^\/api\/units\/([^/]+)$/, (body, [id]) => {
    const { liaisons, ...rest } = body as UnitChange
    const named = liaisons?.map((account) => ({ account, name: find(world.accounts, account).name }))
    Object.assign(find(world.units.units, id), { ...rest, ...(named !== undefined && { liaisons: named }) })
  }],
  ['DELETE', /^\/api\/units\/([^/]+)$/, (_, [id]) => void (world.units.units = world.units.units.filter((unit) => unit.id !== id))],
  ['GET', /^\/api\/(units|people|days)\/template$/, () => '账号,姓名\r\n'],
  ['POST', /^\/api\/(units|people|days)\/export$/, () => '账号,姓名\r\n'],
  ['POST', /^\/api\/(units|people|days)\/import(\/check)?$/, (): ImportCheck => ({
    mark: 'mark',
    lines: [
      { line: 2, name: '县水务局', result: 'leave', differences: [], faults: [] },
      { line: 3, name: '县教育局', result: 'make', differences: [], faults: [] },
      { line: 4, name: '县应急局', result: 'change', differences: [{ column: '联络员账号', before: '', after: 'zhao' }], faults: [] },
    ],
  })],
  ['POST', /^\/api\/units\/([^/]+)\/account-requests$/, (body, [id]) =>
    void world.units.requests.push({ ...(body as NewAccountRequest), id: fresh('q'), unit: find(world.units.units, id).name, askedBy: '王强', mine: true, askedAtMs: Date.now(), decision: null })],
  ['POST', /^\/api\/account-requests\/([^/]+)\/(grant|refuse)$/, (body, [id, word]) => {
    Object.assign(find(world.units.requests, id), { decision: { by: '李伟', atMs: Date.now(), granted: word === 'grant', reason: word === 'grant' ? '' : (body as Verdict).text } })
    return word === 'grant' ? made('zhang') : undefined
  }],
  ['GET', /^\/api\/venues$/, () => world.venues],
  ['POST', /^\/api\/venues$/, (body) => {
    const { id, name } = body as NewVenue
    const venue = { id: id ?? fresh('v'), name, rank: world.venues.length }
    world.venues.push(venue)
    return venue
  }],
  ['PATCH', /^\/api\/venues\/([^/]+)$/, (body, [id]) => Object.assign(find(world.venues, id), body as VenueChange)],
  ['GET', /^\/api\/venues\/([^/]+)\/now$/, (_, [id]) => ({ venue: find(world.venues, id), onAir: null, next: world.meetings.find(({ state }) => state === 'planned') ?? null, counted: { signingIn: null, rollCall: null } })],
  ['GET', /^\/api\/devices$/, () => world.devices],
  ['GET', /^\/api\/tokens$/, () => world.tokens],
  ['DELETE', /^\/api\/tokens\/([^/]+)$/, (_, [id]) => void (find(world.tokens, id).revokedAtMs = Date.now())],
  ['POST', /^\/api\/devices$/, (body): DeviceMade => {
    const device = { ...(body as NewDevice), person: (body as NewDevice).kind === 'seat' ? '张敏' : null, id: fresh('d'), state: 'waiting' as const, lastSeenMs: null }
    world.devices.push(device)
    return { device, code: '48213097', expiresAtMs: Date.now() + CODE_MS }
  }],
  ['DELETE', /^\/api\/devices\/([^/]+)$/, (_, [id]) => void (find(world.devices, id).state = 'revoked')],
  ['POST', /^\/api\/pair$/, (body) => {
    if ((body as PairRequest).code !== '48213097') throw new Refusal(422, 'pair.wrong', '号码不正确或已过期。请核对后重新输入。')
    return { name: '一楼会议室会场机', kind: 'room', venue: world.venues[0], open: '/room/hall' }
  }],
  ['GET', /^\/api\/meetings$/, () => world.meetings],
  ['POST', /^\/api\/meetings$/, (body) => {
    const { line = null, operator, leaders = [], opening = BY_HAND, ...rest } = body as NewMeeting
    const meeting = { ...rest, opening, id: fresh('m'), state: 'planned' as const, cancelReason: '', series: null, tests: null, line, operator: operator === undefined || operator === '' ? null : person(operator), leaders: leaders.map(person), signing: null }
    world.meetings.push(meeting)
    return meeting
  }],
  ['PATCH', /^\/api\/meetings\/([^/]+)$/, (body, [id]) => {
    const { operator, leaders, ...rest } = body as MeetingChange
    const people = { ...(operator !== undefined && { operator: operator === '' ? null : person(operator) }), ...(leaders !== undefined && { leaders: leaders.map(person) }) }
    return Object.assign(find(world.meetings, id), rest, people)
  }],
  ['GET', /^\/api\/schedule\/series$/, (_, __, query): SeriesCheck => {
    const first = Number(query.get('startsAtMs'))
    const turns = Array.from({ length: Number(query.get('count') ?? 6) }, (_turn, at) => first + at * 7 * 86_400_000)
    return { turns: turns.map((dueAtMs, at) => ({ dueAtMs, startsAtMs: at === 2 ? null : at === 3 ? dueAtMs + 86_400_000 : dueAtMs, holiday: at === 2 ? '元旦' : at === 3 ? '春节' : '', clashes: [] })), unknownYears: [new Date(first).getFullYear() + 1] }
  }],
  ['POST', /^\/api\/schedule\/series$/, () => []],
  ['GET', /^\/api\/days$/, (): SpecialDayEntry[] => [{ date: `${new Date().getFullYear()}-10-01`, kind: 'off', name: '国庆节' }]],
  ['GET', /^\/api\/schedule\/choices$/, (): ScheduleChoices => ({
    lines: world.legs.map(({ id, name }) => ({ id, name })),
    operators: world.accounts.filter(({ roles }) => roles.includes('operator')).map(choice),
    leaders: world.accounts.filter(({ roles }) => roles.includes('leader')).map(choice),
    units: world.units.units.filter(({ closedAtMs }) => closedAtMs === null).map(({ id, name }) => ({ unit: id, name })),
  })],
  ['GET', /^\/api\/schedule\/check$/, (_, __, query): ScheduleCheck => {
    const [from, to, venues] = [Number(query.get('startsAtMs')), Number(query.get('endsAtMs')), (query.get('venues') ?? '').split(',')]
    const upper = query.get('kind') === 'upper'
    const others = world.meetings.filter((other) => other.id !== query.get('id') && (other.state === 'planned' || other.state === 'on_air') && other.startsAtMs < to && from < other.endsAtMs)
    const clashes = others.flatMap((other) =>
      other.venues.filter((id) => venues.includes(id)).map((id): ClashEntry => ({ wanted: 'venue', name: find(world.venues, id).name, weight: upper && other.kind === 'own' && other.state === 'planned' ? 'preEmpts' : 'refused', meeting: other.id, title: other.title, startsAtMs: other.startsAtMs, endsAtMs: other.endsAtMs })),
    )
    const refused = clashes.some(({ weight }) => weight === 'refused')
    const moves = refused ? [] : [...new Set(clashes.map(({ meeting }) => meeting))].map((id) => find(world.meetings, id)).map((other) => ({ meeting: other.id, title: other.title, startsAtMs: to, endsAtMs: to + other.endsAtMs - other.startsAtMs }))
    return { clashes, moves, freeAtMs: refused ? Math.max(...others.map(({ endsAtMs }) => endsAtMs)) : null }
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/open$/, (_, [id]) => Object.assign(find(world.meetings, id), { state: 'on_air' as const })],
  ['POST', /^\/api\/meetings\/([^/]+)\/close$/, (_, [id]) => Object.assign(find(world.meetings, id), { state: 'closed' as const })],
  ['POST', /^\/api\/meetings\/([^/]+)\/cancel$/, (body, [id]) => Object.assign(find(world.meetings, id), { state: 'cancelled' as const, cancelReason: (body as Cancellation).text })],
  ['GET', /^\/api\/meetings\/([^/]+)\/stage$/, () => world.stage],
  ['POST', /^\/api\/meetings\/([^/]+)\/programme$/, (body) => {
    const { participant, withSound } = body as ProgrammeChoice
    world.stage = { ...world.stage, onAir: participant }
    return withSound && participant !== null ? heard((list) => [...new Set([...list, participant])]) : world.stage
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/microphones$/, (body) => {
    const { participant, open } = body as MicrophoneChange
    return heard((list) => (open ? [...list, participant] : list.filter((id) => id !== participant)))
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/microphones\/close-all$/, () => heard((list) => list.filter((id) => id === world.stage.onAir && id === 'province'))],
  ['POST', /^\/api\/meetings\/([^/]+)\/participants\/([^/]+)\/remove$/, () => undefined],
  ['POST', /^\/api\/meetings\/([^/]+)\/recording\/(start|stop|marks)$/, () => undefined],
  ['GET', /^\/api\/legs$/, () => world.legs],
  ['POST', /^\/api\/legs$/, (body) => {
    const leg = { ...(body as NewLeg), id: fresh('l'), hasSecret: false, fromSettings: false, enabled: true, state: 'starting' as const, sentence: '', restarts: 0, sinceMs: null }
    world.legs.push(leg)
    return leg
  }],
  ['PATCH', /^\/api\/legs\/([^/]+)$/, (body, [id]) => Object.assign(find(world.legs, id), body as LegChange)],
  ['DELETE', /^\/api\/legs\/([^/]+)$/, (_, [id]) => void world.legs.splice(world.legs.indexOf(find(world.legs, id)), 1)],
  ['POST', /^\/api\/legs\/([^/]+)\/start$/, (_, [id]) => Object.assign(find(world.legs, id), { enabled: true, state: 'starting' as const })],
  ['POST', /^\/api\/legs\/([^/]+)\/stop$/, (_, [id]) => Object.assign(find(world.legs, id), { enabled: false, state: 'disabled' as const, sentence: '' })],
  ['GET', /^\/api\/recordings$/, (_, __, query) => ({ entries: world.recordings.filter(({ title }) => title.includes(query.get('q') ?? '')), next: null })],
  ['GET', /^\/api\/recordings\/([^/]+)$/, (_, [id]) => ({ entry: find(world.recordings, id), beganAtMs: find(world.recordings, id).startedAtMs, picture: 'copied', files: [], pieces: [], gaps: [], findings: [], marks: [], lock: null, manifestSha256: null })],
  ['POST', /^\/api\/recordings\/([^/]+)\/note$/, (body, [id]) => void Object.assign(find(world.recordings, id), { note: (body as Remark).text })],
  ['POST', /^\/api\/recordings\/([^/]+)\/(lock|unlock)$/, (_, [id, word]) => void Object.assign(find(world.recordings, id), { locked: word === 'lock' })],
  ['GET', /^\/api\/meetings\/([^/]+)\/notice$/, () => world.notice],
  ['POST', /^\/api\/meetings\/([^/]+)\/notice$/, (body) => (world.notice = body as MeetingNotice)],
  ['POST', /^\/api\/recordings\/([^/]+)\/finalise$/, (_, [id]) => void Object.assign(find(world.recordings, id), { state: 'finalising' as const, percent: 40, failure: null })],
  ['POST', /^\/api\/recordings\/([^/]+)\/plays$/, () => ({ play: fresh('p') })],
  ['POST', /^\/api\/recordings\/([^/]+)\/sign-offs$/, (body, [id]) => {
    const { title, startedAtMs, pen } = find(world.recordings, id)
    const asked = { ...(body as SignOffRequest), part: (body as SignOffRequest).part ?? null, id: fresh('s'), recording: id ?? '', title, recordedAtMs: startedAtMs, pen, askedBy: '李伟', mine: true, askedAtMs: Date.now(), standing: 'waiting' as const, untilMs: null, decision: null, recall: null }
    world.signOffs.unshift(asked)
    return asked
  }],
  ['GET', /^\/api\/sign-offs$/, () => ({ entries: world.signOffs, arrangements: [], next: null })],
  ['GET', /^\/api\/delegations$/, () => world.pen],
  ['POST', /^\/api\/delegations$/, () => undefined],
  ['POST', /^\/api\/delegations\/([^/]+)\/end$/, () => undefined],
  ['POST', /^\/api\/sign-offs\/([^/]+)\/(grant|refuse)$/, (body, [id, word]) =>
    Object.assign(find(world.signOffs, id), { standing: word === 'grant' ? 'open' : 'refused', decision: { by: '李伟', deputising: null, atMs: Date.now(), text: (body as Verdict).text } })],
  ['POST', /^\/api\/sign-offs\/([^/]+)\/recall$/, (body, [id]) => Object.assign(find(world.signOffs, id), { standing: 'recalled' as const, recall: { by: '李伟', deputising: null, atMs: Date.now(), text: (body as Verdict).text } })],
  ['GET', /^\/api\/audit$/, (_, __, query) => ({ entries: world.audit.filter((row) => row.actor.includes(query.get('actor') ?? '')), nextBefore: null, exceptions: [] })],
  ['POST', /^\/api\/audit\/exports$/, () => '编号,时间,人员\r\n'],
  ...ROLL_CALLS,
  ['GET', /^\/api\/status$/, () => status()],
  ['POST', /^\/api\/meetings\/([^/]+)\/network-record$/, () => ({ format: 1, untilUnixMs: Date.now(), peers: [], streams: [], events: [], eventsLost: 0 })],
]

function answer(method: string, address: string, body: unknown): Response {
  const { pathname, searchParams } = new URL(address, location.href)
  for (const [verb, pattern, run] of ROUTES) {
    const match = verb === method ? pattern.exec(pathname) : null
    if (match === null) continue
    try {
      const said = run(body, match.slice(1), searchParams)
      return said === undefined ? new Response(null, { status: 204 }) : new Response(JSON.stringify(said), { headers: { 'content-type': 'application/json' } })
    } catch (error) {
      if (error instanceof Refusal) return error.answer
      throw error
    }
  }
  return refusal(404, 'request.not_found', '模拟接口没有这条路径')
}

/** A socket that says the state each second. */
class LiveSocket extends EventTarget {
  readonly #timer = setInterval(() => this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ type: 'status', status: status() }) })), 1000)
  readonly readyState = WebSocket.OPEN
  send(): void {
    // The panel says nothing on this socket.
  }
  close(): void {
    clearInterval(this.#timer)
  }
}

/** `?as=stranger|visitor|elsewhere|first|leader|clerk|approver|empty` begins as somebody else. */
export function install(): void {
  const as = new URLSearchParams(location.search).get('as')
  if (as === 'stranger' || as === 'visitor') world.me = { kind: as }
  if (as === 'elsewhere') world.me = { kind: as, atMs: Date.now() - 60_000, address: '10.36.2.31' }
  if (world.me.kind === 'user' && as === 'first') world.me.mustChangePassword = true
  if (world.me.kind === 'user' && as === 'leader') world.me.roles = ['leader']
  if (world.me.kind === 'user' && (as === 'clerk' || as === 'approver')) Object.assign(world.me, { roles: [as], signs: as === 'approver' })
  if (world.me.kind === 'user' && as === 'liaison') Object.assign(world.me, { account: 'wang', name: '王强', roles: ['liaison'] })
  if (as === 'empty') Object.assign(world, { meetings: [], venues: [], devices: [], tokens: [], legs: [], recordings: [], signOffs: [], audit: [] })
  const original = globalThis.fetch.bind(globalThis)
  globalThis.fetch = (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    if (!new URL(address, location.href).pathname.startsWith('/api/')) return original(input, init)
    return Promise.resolve(answer(init?.method ?? 'GET', address, typeof init?.body === 'string' ? JSON.parse(init.body) : undefined))
  }
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct: (target, [address]: [string | URL]) => (new URL(address, location.href).pathname === '/api/live' ? new LiveSocket() : new target(address)),
  })
}
