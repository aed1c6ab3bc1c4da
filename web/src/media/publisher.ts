/** Sends camera and microphone, or content, into a meeting: a WHIP session whose two lines open and close without renegotiation. */
import type { Problem } from '@/api/problem'
import type { MediaKind, Role } from '@/api/generated/wire'
import type { Phase } from '@/media/reconnect'
import { Session, type TokenSource } from '@/media/session'
import { compare, readSample, type Figures, type Sample } from '@/media/stats'
import { Store } from '@/media/store'

export interface PublisherState {
  phase: Phase
  problem: Problem | null
  figures: Figures | null
}

export interface PublisherOptions {
  meeting: string
  token: TokenSource
  role: Role
  /** Whether even a refusal is tried again: a machine nobody stands at must come back by itself. */
  insist?: boolean
}

const BITRATE_MAX: Record<Role, number> = { main: 2_500_000, content: 2_500_000 }

export class Publisher {
  readonly state = new Store<PublisherState>({ phase: { kind: 'joining', attempt: 0 }, problem: null, figures: null })
  readonly #session: Session
  readonly #role: Role
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null>
  #senders: Partial<Record<MediaKind, RTCRtpSender>> = {}
  #sample: Sample | null = null
  #timer: ReturnType<typeof setInterval> | undefined

  /** A line with `null` is closed: it exists, and nothing is sent on it. */
  constructor(options: PublisherOptions, tracks: Record<MediaKind, MediaStreamTrack | null>) {
    this.#role = options.role
    this.#tracks = { ...tracks }
    this.#session = new Session({
      endpoint: `/whip/${encodeURIComponent(options.meeting)}${options.role === 'content' ? '?role=content' : ''}`,
      token: options.token,
      insist: options.insist ?? false,
      prepare: (connection) => this.#prepare(connection),
      joined: () => this.#joined(),
      dropped: () => this.#dropped(),
      changed: () => this.state.update({ phase: this.#session.phase, problem: this.#session.problem }),
    })
  }

  /** Opens a line with a track, or closes it: with `null` not one packet of it leaves this machine. */
  async set(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.#tracks[kind] = track
    await this.#senders[kind]?.replaceTrack(track).catch(() => undefined)
  }

  /** The page has a reason to doubt that the relay still knows this session: asks it, and joins again if not. */
  doubt(): void {
    this.#session.tell({ type: 'path-doubtful' })
    this.#session.tell({ type: 'hurry' })
  }

  close(): void {
    this.#session.tell({ type: 'leave' })
  }

  #prepare(connection: RTCPeerConnection): void {
    const stream = new MediaStream()
    const line = (kind: MediaKind) => {
      const { sender } = connection.addTransceiver(this.#tracks[kind] ?? kind, {
        direction: 'sendonly',
        streams: [stream],
        ...(kind === 'video' && { sendEncodings: [{ maxBitrate: BITRATE_MAX[this.#role], maxFramerate: 30 }] }),
      })
      this.#senders[kind] = sender
    }
    line('audio')
    line('video')
  }

  #joined(): void {
    this.#sample = null
    this.#timer = setInterval(() => void this.#measure(), 1000)
    const sender = this.#senders.video
    if (sender === undefined) return
    // A recording of constant size can be kept as it is; sound comes first anyway.
    const parameters: RTCRtpSendParameters = { ...sender.getParameters(), degradationPreference: this.#role === 'content' ? 'maintain-resolution' : 'balanced' }
    void sender.setParameters(parameters).catch(() => undefined)
  }

  #dropped(): void {
    clearInterval(this.#timer)
    this.#senders = {}
    this.state.update({ figures: null })
  }

  async #measure(): Promise<void> {
    const connection = this.#session.connection
    const report = await connection?.getStats().catch(() => null)
    if (connection !== this.#session.connection || report === null || report === undefined) return
    const sample = readSample(report.values() as Iterable<Record<string, unknown>>, performance.now())
    if (this.#sample !== null) this.state.update({ figures: compare(this.#sample, sample) })
    this.#sample = sample
  }
}
