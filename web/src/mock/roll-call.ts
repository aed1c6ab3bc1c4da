/** Roll calls of the mock: one meeting's at a time, in order, with the microphone that a call would open. */
import type { RollCallAnswer, RollCallEntry, RollCalls, VenueCall } from '@/api/generated/wire'
import { world } from './data'

const calls = new Map<string, RollCallEntry[]>()
const WITHIN_MS = 60_000
let count = 0

function say(meeting: string): RollCalls {
  const known = world.meetings.find(({ id }) => id === meeting)
  const named = (known?.venues ?? []).map((id) => ({ venue: id, name: world.venues.find((venue) => venue.id === id)?.name ?? id }))
  return { nowMs: Date.now(), ownVenue: named[0]?.name ?? '', list: named.slice(1), attendees: world.notice.attendees.length, calls: (calls.get(meeting) ?? []).map(counted) }
}

function counted(call: RollCallEntry): RollCallEntry {
  const of = (presence: string) => call.venues.filter(({ answer }) => answer?.presence === presence).length
  return { ...call, figures: { due: call.venues.length, present: of('present'), absent: of('absent'), fault: of('fault'), open: call.venues.filter(({ answer }) => answer === null).length } }
}

function latest(meeting: string): RollCallEntry {
  const call = calls.get(meeting)?.[0]
  if (call === undefined) throw new Error('no roll call was begun')
  return call
}

export const ROLL_CALLS: [string, RegExp, (body: unknown, parts: string[]) => unknown][] = [
  ['GET', /^\/api\/meetings\/([^/]+)\/roll-calls$/, (_, [id = '']) => say(id)],
  ['POST', /^\/api\/meetings\/([^/]+)\/roll-calls$/, (_, [id = '']) => {
    const venues = say(id).list.map((venue) => ({ ...venue, calledAtMs: null, answer: null }))
    const call = { id: `roll${(count += 1)}`, begunAtMs: Date.now(), begunBy: '李伟', endedAtMs: null, figures: { due: 0, present: 0, absent: 0, fault: 0, open: 0 }, venues, calling: null }
    calls.set(id, [call, ...(calls.get(id) ?? [])])
    return say(id)
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/roll-calls\/call$/, (body, [id = '']) => {
    const { venue } = body as VenueCall
    const onAir = world.meetings.some((meeting) => meeting.id === id && meeting.state === 'on_air')
    const call = latest(id)
    call.calling = { venue, sinceMs: Date.now(), microphone: onAir ? 'open' : 'notThere', closesAtMs: onAir ? Date.now() + WITHIN_MS : null }
    call.venues = call.venues.map((line) => (line.venue === venue ? { ...line, calledAtMs: Date.now() } : line))
    return say(id)
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/roll-calls\/answer$/, (body, [id = '']) => {
    const { venue, presence, note = '' } = body as RollCallAnswer
    const call = latest(id)
    call.venues = call.venues.map((line) => (line.venue === venue ? { ...line, answer: { presence, note, atMs: Date.now(), by: '李伟' } } : line))
    if (call.calling?.venue === venue) call.calling = null
    return say(id)
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/roll-calls\/end$/, (_, [id = '']) => {
    Object.assign(latest(id), { endedAtMs: Date.now(), calling: null })
    return say(id)
  }],
  ['POST', /^\/api\/meetings\/([^/]+)\/roll-calls\/export$/, () => '序号,会场,结果\r\n'],
]
