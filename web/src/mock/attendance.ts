/** Attendance lists of the mock: every meeting has the same units, and each press does what the server would. */
import type { AttendanceFigures, AttendanceList, AttendanceTerms, AttendeeAnswer, AttendeeChange, AttendeeEntry, InvitedUnit, NewAttendees, SignedIn, SignInRequest, UnitInvitation, UnitNotice } from '@/api/generated/wire'
import { world } from './data'

const MINUTE = 60_000
const receipt = (standing: InvitedUnit['receipt']['standing']): InvitedUnit['receipt'] => {
  const [read, confirmed] = [standing !== 'notified', standing === 'confirmed']
  return { standing, readBy: read ? '王强' : '', readAtMs: read ? Date.now() : null, confirmedBy: confirmed ? '王强' : '', confirmedAtMs: confirmed ? Date.now() : null }
}
let count = 0
const person = (name: string, position: string, answer: AttendeeAnswer = { kind: 'confirmed' }): AttendeeEntry => ({ id: `p${(count += 1)}`, number: count, name, position, summoned: false, answer, saidBy: '王强', saidAtMs: Date.now(), signed: null })

let units: InvitedUnit[] = [
  { unit: 'swj', name: '县水务局', hasLiaison: true, venue: '一楼会议室', receipt: receipt('confirmed'), people: [person('赵军', '局长'), person('孙丽', '副局长', { kind: 'leave', reason: '省厅开会', approver: '张敏 副县长' }), person('周平', '科长', { kind: 'standIn', name: '高翔 副科长', approver: '张敏 副县长' })] },
  { unit: 'tq', name: '通泉街道办事处', hasLiaison: false, venue: '通泉街道', receipt: receipt('changed'), people: [] },
]
let terms: AttendanceTerms = { answerBeforeMinutes: null, opensBeforeMinutes: 30, closesAfterMinutes: 15 }

const everybody = (): AttendeeEntry[] => units.flatMap(({ people }) => people)
function figures(): AttendanceFigures {
  const all = everybody()
  const of = (kind: AttendeeAnswer['kind']) => all.filter(({ signed, answer }) => signed === null && answer.kind === kind).length
  return { due: all.length, present: all.filter(({ signed }) => signed !== null).length, leave: of('leave'), absent: of('absent'), late: all.filter(({ signed }) => signed?.late === true).length }
}

function say(meeting: string): AttendanceList {
  const known = world.meetings.find(({ id }) => id === meeting)
  const startsAtMs = known?.startsAtMs ?? Date.now()
  const venues = (known?.venues ?? []).map((id) => ({ venue: id, name: world.venues.find((venue) => venue.id === id)?.name ?? id }))
  const opensAtMs = startsAtMs - terms.opensBeforeMinutes * MINUTE
  return {
    nowMs: Date.now(), title: known?.title ?? '', startsAtMs, endsAtMs: known?.endsAtMs ?? startsAtMs, inSeries: (known?.series ?? null) !== null, terms, figures: figures(), units, venues,
    hours: { answersUntilMs: opensAtMs, opensAtMs, closesAtMs: startsAtMs + terms.closesAfterMinutes * MINUTE, phase: known?.state === 'closed' ? 'over' : 'toBe' },
    others: [...world.units.units, { id: 'mgh', name: '马过河镇' }, { id: 'mm', name: '马鸣乡人民政府' }].filter(({ id }) => units.every(({ unit }) => unit !== id)).map(({ id, name }) => ({ unit: id, name })),
  }
}

const ofUnit = (unit: string, change: (known: InvitedUnit) => InvitedUnit): void => void (units = units.map((known) => (known.unit === unit ? change(known) : known)))
const ofPerson = (id: string, change: (known: AttendeeEntry) => AttendeeEntry): void => void (units = units.map((known) => ({ ...known, people: known.people.map((one) => (one.id === id ? change(one) : one)) })))
const named = (unit: string, { people }: NewAttendees): void => ofUnit(unit, (known) => ({ ...known, people: [...known.people, ...people.map(({ name, position }) => person(name, position))] }))
const changed = (id: string, { person: who, answer }: AttendeeChange): void => ofPerson(id, (known) => ({ ...known, ...who, ...(answer !== undefined && { answer }) }))
const gone = (id: string): void => void (units = units.map((known) => ({ ...known, people: known.people.filter((one) => one.id !== id) })))

function signed(id: string): SignedIn {
  const attendee = everybody().find((one) => one.id === id)
  if (attendee === undefined) throw new Error('nobody of this id')
  return { attendee, figures: figures() }
}

const notices = (): UnitNotice[] =>
  world.meetings.filter(({ state }) => state !== 'closed').flatMap(({ id, cancelReason }) => {
    const { title, startsAtMs, endsAtMs, hours } = say(id)
    return units.slice(0, 1).map(({ unit, name, venue, people, receipt: given }) => ({ meeting: id, unit, unitName: name, title, startsAtMs, endsAtMs, cancelReason, venue, organiser: '县政府办', agenda: ['通报汛情', '部署转移安置'], requirements: ['请着正装，提前 10 分钟入场'], contact: '李军 0874-8881234', jointTestAtMs: startsAtMs - 18 * 60 * MINUTE, hours, answers: true, receipt: given, people }))
  })

const LIST = '/api/meetings/([^/]+)/attendance'
const OWN = '/api/notices/([^/]+)/units/([^/]+)'
const at = (path: string): RegExp => new RegExp(`^${path}$`)

export const ATTENDANCE: [string, RegExp, (body: unknown, parts: string[]) => unknown][] = [
  ['GET', at(LIST), (_, [id = '']) => say(id)],
  ['PATCH', at(LIST), (body, [id = '']) => ((terms = body as AttendanceTerms), say(id))],
  ['POST', at(`${LIST}/invite`), (body, [id = '']) => {
    const { others } = say(id)
    for (const unit of (body as UnitInvitation).units) units.push({ unit, name: others.find((one) => one.unit === unit)?.name ?? unit, hasLiaison: false, venue: '一楼会议室', receipt: receipt('notified'), people: [] })
    return say(id)
  }],
  ['POST', at(`${LIST}/copy`), (_, [id = '']) => say(id)],
  ['PATCH', at(`${LIST}/units/([^/]+)`), (_, [id = '']) => say(id)],
  ['DELETE', at(`${LIST}/units/([^/]+)`), (_, [id = '', unit]) => ((units = units.filter((known) => known.unit !== unit)), say(id))],
  ['POST', at(`${LIST}/units/([^/]+)/confirm`), (_, [id = '', unit = '']) => (ofUnit(unit, (known) => ({ ...known, receipt: receipt('confirmed') })), say(id))],
  ['POST', at(`${LIST}/units/([^/]+)/people`), (body, [id = '', unit = '']) => (named(unit, body as NewAttendees), say(id))],
  ['PATCH', at(`${LIST}/people/([^/]+)`), (body, [id = '', who = '']) => (changed(who, body as AttendeeChange), say(id))],
  ['DELETE', at(`${LIST}/people/([^/]+)`), (_, [id = '', who = '']) => (gone(who), say(id))],
  ['POST', at(`${LIST}/sign-in`), (body, [id = '']) => {
    const { attendee, number, means } = body as SignInRequest
    const who = attendee ?? everybody().find((one) => one.number === number)?.id ?? ''
    const late = Date.now() >= say(id).hours.closesAtMs
    ofPerson(who, (known) => ({ ...known, signed: { atMs: Date.now(), by: '李伟', means, late } }))
    return signed(who)
  }],
  ['POST', at(`${LIST}/undo`), (body) => {
    const { attendee } = body as { attendee: string }
    ofPerson(attendee, (known) => ({ ...known, signed: null }))
    return signed(attendee)
  }],
  ['POST', at(`${LIST}/export`), () => '序号,单位,姓名\r\n'],
  ['GET', at('/api/notices'), () => notices()],
  ['POST', at(`${OWN}/read`), (_, [, unit = '']) => ofUnit(unit, (known) => ({ ...known, receipt: receipt('read') }))],
  ['POST', at(`${OWN}/confirm`), (_, [, unit = '']) => ofUnit(unit, (known) => ({ ...known, receipt: receipt('confirmed') }))],
  ['POST', at(`${OWN}/people`), (body, [, unit = '']) => named(unit, body as NewAttendees)],
  ['PATCH', at(`${OWN}/people/([^/]+)`), (body, [, , who = '']) => changed(who, body as AttendeeChange)],
  ['DELETE', at(`${OWN}/people/([^/]+)`), (_, [, , who = '']) => gone(who)],
]
