import type { PeerStatus, PublicationStatus } from '@/api/generated/wire'

/** How a connection is, in one word; `lossy`, `queueing` and `far` are of its line, whose figure stands beside them. */
export type LineVerdict =
  | { kind: 'connecting' | 'quiet' | 'silent' | 'fine' }
  | { kind: 'lossy'; way: 'down' | 'up'; share: number }
  | { kind: 'queueing' | 'far'; ms: number }

/** How its pictures are: whole, sent smaller, not sent, fewer because the server is behind, or there are none to speak of. */
export type PictureVerdict = { kind: 'fine' | 'none' | 'heldBack' | 'shed' } | { kind: 'reduced'; height: number | null }

/** How its sound is. Copies and repeats carry it whole up to a fifth of all packets lost. */
export type SoundVerdict = 'fine' | 'none' | 'suffers'

export interface Verdict {
  line: LineVerdict
  picture: PictureVerdict
  sound: SoundVerdict
  /** Whether somebody should look at it. */
  attention: boolean
}

const LOSS = 0.01
const SOUND_LOSS = 0.2
const QUEUE_MS = 150
const FAR_MS = 400

/** What a connection's figures come to. */
export function verdict(peer: PeerStatus, publications: PublicationStatus[]): Verdict {
  const line = lineOf(peer, publications)
  const picture = pictureOf(peer)
  const sound = soundOf(peer, line)
  return { line, picture, sound, attention: !(line.kind === 'fine' || line.kind === 'connecting') || !(picture.kind === 'fine' || picture.kind === 'none') }
}

function lineOf(peer: PeerStatus, publications: PublicationStatus[]): LineVerdict {
  if (peer.state !== 'connected') return { kind: peer.state }
  const down = peer.kind === 'viewer'
  const share = down ? (peer.lossOut ?? 0) : lostUp(peer, publications)
  if (share >= LOSS) return { kind: 'lossy', way: down ? 'down' : 'up', share }
  if (peer.queueingMs !== null && peer.queueingMs >= QUEUE_MS) return { kind: 'queueing', ms: peer.queueingMs }
  if (peer.rttMs !== null && peer.rttMs >= FAR_MS) return { kind: 'far', ms: peer.rttMs }
  return { kind: 'fine' }
}

/** Share of what it sent that did not come by itself, since it joined. */
function lostUp(peer: PeerStatus, publications: PublicationStatus[]): number {
  const own = publications.filter(({ participant }) => participant === peer.participant)
  const lost = own.reduce((sum, one) => sum + one.lost + one.repaired, 0)
  const all = own.reduce((sum, one) => sum + one.lost + one.repaired + one.packets, 0)
  return all === 0 ? 0 : lost / all
}

function pictureOf({ kind, state, slots }: PeerStatus): PictureVerdict {
  const pictures = slots.filter(({ video }) => video)
  if (kind !== 'viewer' || state !== 'connected' || pictures.length === 0) return { kind: 'none' }
  if (pictures.some((slot) => slot.shed && (slot.reduced || slot.heldBack))) return { kind: 'shed' }
  const reduced = pictures.find((slot) => slot.reduced)
  if (reduced !== undefined) return { kind: 'reduced', height: reduced.size?.[1] ?? null }
  return { kind: pictures.some(({ heldBack }) => heldBack) ? 'heldBack' : 'fine' }
}

function soundOf({ kind, slots }: PeerStatus, line: LineVerdict): SoundVerdict {
  if (kind !== 'viewer' || !slots.some(({ video, publication }) => !video && publication !== null)) return 'none'
  const suffers = line.kind === 'silent' || (line.kind === 'lossy' && line.share >= SOUND_LOSS)
  return suffers ? 'suffers' : 'fine'
}
