/** What a room may say of its own microphone. Only the relay's word makes it open. Pure. */
import type { Phase } from '@/media/reconnect'

export type RoomMicrophone =
  /** Everybody hears the room. */
  | 'open'
  /** The operator has not opened it. */
  | 'closed'
  /** Somebody in the room closed it: not even the operator opens it. */
  | 'closed-here'
  /** There is none, or it can't be used. */
  | 'none'
  /** The relay can't be asked now, so nobody hears the room. */
  | 'unknown'

export interface Facts {
  /** Whether a microphone is open on this machine. */
  present: boolean
  closedHere: boolean
  /** Whether the relay passes our sound on; `null` until it says so. */
  heard: boolean | null
  viewing: Phase
  sending: Phase
}

export function roomMicrophone({ present, closedHere, heard, viewing, sending }: Facts): RoomMicrophone {
  if (!present) return 'none'
  if (closedHere) return 'closed-here'
  if (heard === null || viewing.kind !== 'live' || sending.kind !== 'live') return 'unknown'
  return heard ? 'open' : 'closed'
}
