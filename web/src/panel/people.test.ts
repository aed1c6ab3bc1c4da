import { expect, test } from 'vitest'
import type { Heard, MeetingStatus, ParticipantStatus, PublicationStatus } from '@/api/generated/wire'
import { closable, participants, step, type Participant } from './people'

const someone = (participant: string, more: Partial<ParticipantStatus> = {}): ParticipantStatus => ({
  participant, name: participant.toUpperCase(), kind: 'device', connected: true, onAir: false, picture: true, microphone: 'closed', heard: false, publications: [1], ...more,
})
const publication = (participant: string, codec: PublicationStatus['codec'], live: boolean): PublicationStatus => ({
  id: 1, participant, role: 'main', codec, live, packets: 0, lost: 0, repaired: 0, jitterMs: 0, bps: 0, fps: 0, keyFrameAgeMs: null, size: codec === 'opus' ? null : [1280, 720], viewers: 0,
  keyFrameRequests: { viewer: 0, beginning: 0, overflow: 0, loss: 0, recording: 0 }, delay: { boundsUs: [], counts: [], meanMs: null, p50Ms: null, p99Ms: null },
})
const meeting = (heard: Heard): MeetingStatus => ({
  id: 'm', title: '会议', codec: 'h264', onAir: 'province', stage: { onAir: 'province', heard }, recording: null,
  participants: [
    someone('province', { kind: 'leg', microphone: 'open' }),
    someone('backup', { kind: 'leg', connected: false, picture: false, microphone: 'absent', publications: [] }),
    someone('hall', { picture: false }),
    someone('desk', { kind: 'person', picture: false, microphone: 'absent' }),
    someone('screen', { publications: [] }),
  ],
  peers: [],
  publications: [publication('province', 'h264', true), publication('hall', 'h264', false), publication('desk', 'opus', false)],
})

const rows = (heard: Heard) => participants(meeting(heard), null).map((row) => `${row.id} ${row.picture.kind} ${row.microphone}${row.onAir ? ' on air' : ''}`)

test('whoever sends has a row, and so has a link that should; who only looks has none', () => {
  expect(rows({ who: 'only', participants: ['province', 'desk'] })).toEqual(['province live open on air', 'backup none closed', 'hall away closed', 'desk none let-through'])
  expect(rows({ who: 'nobody' }).every((row) => row.includes('closed'))).toBe(true)
  expect(rows({ who: 'all' }).some((row) => row.includes('closed'))).toBe(false)
})

test('a change counts at once, before the live status says so', () => {
  const [province, , hall] = participants(meeting({ who: 'nobody' }), { onAir: 'hall', heard: { who: 'only', participants: ['hall'] } })
  expect([province?.onAir, hall?.onAir, hall?.microphone]).toEqual([false, true, 'open'])
})

test('closing all leaves the sound of the leg on the programme', () => {
  expect(closable(participants(meeting({ who: 'all' }), null))).toBe(3)
  expect(closable(participants(meeting({ who: 'only', participants: ['province'] }), null))).toBe(0)
})

test('arrows go round and begin at an end', () => {
  const people = ['a', 'b', 'c'].map((id) => ({ id }) as Participant)
  expect([step(people, null, 1), step(people, null, -1), step(people, 'c', 1), step(people, 'a', -1), step(people, 'gone', 1), step([], 'a', 1)]).toEqual(['a', 'c', 'a', 'c', 'a', null])
})
