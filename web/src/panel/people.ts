/** Who takes part in a meeting on air, as the operator thinks of them: one row for each who sends. Pure. */
import type { Heard, MeetingStatus, ParticipantKind, StageState } from '@/api/generated/wire'

/** What can be said of a picture. */
export type PictureState = { kind: 'live'; size: [number, number] | null } | { kind: 'away' } | { kind: 'none' }

/**
 * A microphone as others hear it. `open`: sound comes and is passed on. `let-through`: it would be passed on, and the
 * participant sends none. `closed`: nothing of it reaches anyone.
 */
export type MicrophoneState = 'open' | 'let-through' | 'closed'

export interface Participant {
  id: string
  name: string
  kind: ParticipantKind
  connected: boolean
  onAir: boolean
  picture: PictureState
  microphone: MicrophoneState
}

/**
 * Everybody who sends, or should. `answered` is the stage a change was answered with: it counts until the live status, a
 * second later, says the same.
 */
export function participants(meeting: MeetingStatus, answered: StageState | null): Participant[] {
  const stage = answered ?? meeting.stage
  return meeting.participants
    .filter(({ kind, publications }) => kind === 'leg' || publications.length > 0)
    .map(({ participant: id, name, kind, connected, picture, microphone }) => ({
      id,
      name,
      kind,
      connected,
      onAir: stage.onAir === id,
      picture: pictureOf(meeting, id, picture),
      microphone: isHeard(stage.heard, id) ? (microphone === 'absent' ? 'let-through' : 'open') : 'closed',
    }))
}

export function isHeard(heard: Heard, participant: string): boolean {
  switch (heard.who) {
    case 'all':
      return true
    case 'only':
      return heard.participants.includes(participant)
    case 'nobody':
      return false
  }
}

function pictureOf(meeting: MeetingStatus, participant: string, live: boolean): PictureState {
  const pictures = meeting.publications.filter((entry) => entry.participant === participant && entry.role === 'main' && entry.codec !== 'opus')
  if (live) return { kind: 'live', size: pictures.find((entry) => entry.live)?.size ?? null }
  return { kind: pictures.length === 0 ? 'none' : 'away' }
}

/** How many microphones `全场关闭话筒` closes: all that are let through but the one of a leg on the programme. */
export const closable = (people: Participant[]): number => people.filter((person) => person.microphone !== 'closed' && !(person.kind === 'leg' && person.onAir)).length

/** The row the keyboard is at, kept by participant so that it stays when others come and go. */
export function step(people: Participant[], at: string | null, by: -1 | 1): string | null {
  if (people.length === 0) return null
  const index = people.findIndex((person) => person.id === at)
  if (index < 0) return (by === 1 ? people[0] : people[people.length - 1])?.id ?? null
  return people[(index + by + people.length) % people.length]?.id ?? null
}
