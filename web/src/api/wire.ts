/** Messages of the session's control channel and bodies of the API: see `src/http/wire.rs`. */
export type Codec = 'opus' | 'h264' | 'vp8'
export type MediaKind = 'audio' | 'video'
export type Role = 'main' | 'content'

export type SlotContent = { show: 'nothing' } | { show: 'slate' } | { show: 'live'; publication: number }

export interface Slot {
  mid: string
  kind: MediaKind
  content: SlotContent
}

export interface Publication {
  id: number
  participant: string
  name: string
  role: Role
  codec: Codec
  live: boolean
  onAir: boolean
}

export interface MeetingHead {
  id: string
  title: string
  codec: Codec
}

export type ServerMessage =
  | { type: 'welcome'; meeting: MeetingHead; participant: string; serverTimeMs: number }
  | { type: 'slots'; slots: Slot[] }
  | { type: 'roster'; publications: Publication[] }
  | { type: 'ended'; reason: string }
  | { type: 'pong' }

export type Want = { kind: 'automatic' } | { kind: 'programme' } | { kind: 'publication'; id: number } | { kind: 'nothing' }

export interface Wish {
  mid: string
  want: Want
  pixelsMax: number | null
  priority: number
}

export type ClientMessage = { type: 'hello'; token: string | null } | { type: 'wish'; wishes: Wish[] } | { type: 'ping' }

/** Who we are in a meeting, and the token that says so. */
export interface Visit {
  participant: string
  name: string
  token: string
}
