/** What a page shows, from the roster and the slots: who is there, what is in the picture, which line should carry whom. Pure. */
import type { Codec, RosterEntry, SlotState, SlotWish } from '@/api/generated/wire'

/** Everything one participant sends, by what it is to people. */
export interface Person {
  participant: string
  name: string
  onAir: boolean
  camera: RosterEntry | null
  microphone: RosterEntry | null
  content: RosterEntry | null
}

/** In the order of arrival. */
export function people(publications: RosterEntry[]): Person[] {
  const byParticipant = new Map<string, Person>()
  for (const entry of publications) {
    const person = byParticipant.get(entry.participant) ?? { participant: entry.participant, name: entry.name, onAir: false, camera: null, microphone: null, content: null }
    person.onAir ||= entry.onAir
    if (entry.role === 'content') {
      if (entry.codec !== 'opus') person.content = later(person.content, entry)
    } else {
      person.name = entry.name
      if (entry.codec === 'opus') person.microphone = later(person.microphone, entry)
      else person.camera = later(person.camera, entry)
    }
    byParticipant.set(entry.participant, person)
  }
  return [...byParticipant.values()]
}

/** A page that joined again can be there twice for a moment: what is live counts, then the newer. */
const later = (known: RosterEntry | null, entry: RosterEntry): RosterEntry => (known !== null && known.live && !entry.live ? known : entry)

/** What a line shows. `undecodable`: the relay has a picture that this browser can't play. */
export type Picture = { kind: 'live'; publication: RosterEntry | null } | { kind: 'slate' } | { kind: 'no-bandwidth' } | { kind: 'undecodable'; codec: Codec } | { kind: 'nothing' }

/** `shown` is the publication that the packets themselves name, which is the truth while a switch is under way. */
export function programmePicture(slots: SlotState[], mid: string | null, publications: RosterEntry[], shown: number | null, canPlay: (codec: Codec) => boolean): Picture {
  const find = (id: number) => publications.find((entry) => entry.id === id) ?? null
  const onAir = publications.find((entry) => entry.onAir && entry.role === 'main' && entry.codec !== 'opus')
  const content = slots.find((slot) => slot.mid === mid)?.content ?? { show: 'nothing' as const }
  const publication = content.show === 'live' ? ((shown === null ? null : find(shown)) ?? find(content.publication)) : null
  const codec = publication?.codec ?? onAir?.codec
  if (codec !== undefined && (publication !== null || onAir?.live === true) && !canPlay(codec)) return { kind: 'undecodable', codec }
  if (content.show === 'live') return { kind: 'live', publication }
  return { kind: content.show }
}

/** One picture beside the main one. */
export interface Tile {
  key: string
  kind: 'camera' | 'content'
  person: Person
  /** The picture, if there is one to be had. */
  publication: RosterEntry | null
}

/** Everybody but ourselves and who is on air anyway; shared content first. */
export function tiles(everybody: Person[], self: string | null): Tile[] {
  const others = everybody.filter((person) => person.participant !== self)
  const content = others.flatMap((person): Tile[] =>
    person.content?.live === true ? [{ key: `content ${person.participant}`, kind: 'content', person, publication: person.content }] : [],
  )
  const cameras = others
    .filter((person) => !person.onAir && (person.camera !== null || person.microphone !== null))
    .map((person): Tile => ({ key: `camera ${person.participant}`, kind: 'camera', person, publication: person.camera?.live === true ? person.camera : null }))
  return [...content, ...cameras]
}

/** Which line carries which publication. A picture that has a line keeps it, so that nothing flickers when others come and go. */
export function assign(wanted: number[], mids: string[], before: ReadonlyMap<string, number>): Map<string, number> {
  const left = new Set(wanted.slice(0, mids.length))
  const after = new Map<string, number>()
  for (const mid of mids) {
    const kept = before.get(mid)
    if (kept !== undefined && left.delete(kept)) after.set(mid, kept)
  }
  const free = mids.filter((mid) => !after.has(mid))
  for (const publication of left) {
    const mid = free.shift()
    if (mid !== undefined) after.set(mid, publication)
  }
  return after
}

/** The wishes of a page: the programme, each tile, nothing on the lines that are left. */
export function wishes(programme: string | null, mids: string[], assigned: ReadonlyMap<string, number>, pixels: { programme: number | null; tile: number | null }): SlotWish[] {
  const main: SlotWish[] = programme === null ? [] : [{ mid: programme, want: { kind: 'programme' }, pixelsMax: pixels.programme, priority: 10 }]
  return [
    ...main,
    ...mids.map((mid): SlotWish => {
      const id = assigned.get(mid)
      return id === undefined ? { mid, want: { kind: 'nothing' }, pixelsMax: null, priority: 0 } : { mid, want: { kind: 'publication', id }, pixelsMax: pixels.tile, priority: 1 }
    }),
  ]
}
