/** Sends camera and microphone, or content, into a meeting: a WHIP session whose two lines open and close without renegotiation. */
import type { Problem } from '@/api/problem'
import type { LineLayers, MediaKind, Role } from '@/api/generated/wire'
import { ControlChannel } from '@/media/control'
import { chosen, encodings } from '@/media/layers'
import { retryDelayMs, type Phase } from '@/media/reconnect'
import type { Resource } from '@/media/resource'
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

export class Publisher {
  readonly state = new Store<PublisherState>({ phase: { kind: 'joining', attempt: 0 }, problem: null, figures: null })
  readonly #session: Session
  readonly #role: Role
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null>
  #senders: Partial<Record<MediaKind, RTCRtpSender>> = {}
  #sample: Sample | null = null
  #timer: ReturnType<typeof setInterval> | undefined
  #control: ControlChannel | null = null
  #reopening: ReturnType<typeof setTimeout> | undefined

  /** A line with `null` is closed: it exists, and nothing is sent on it. */
  constructor(options: PublisherOptions, tracks: Record<MediaKind, MediaStreamTrack | null>) {
    this.#role = options.role
    this.#tracks = { ...tracks }
    this.#session = new Session({
      endpoint: `/whip/${encodeURIComponent(options.meeting)}${options.role === 'content' ? '?role=content' : ''}`,
      token: options.token,
      insist: options.insist ?? false,
      prepare: (connection) => this.#prepare(connection),
      joined: (resource, token) => this.#joined(resource, token),
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
        ...(kind === 'video' && { sendEncodings: encodings(this.#role, this.#tracks.video?.getSettings().height) }),
      })
      this.#senders[kind] = sender
    }
    line('audio')
    line('video')
  }

  #joined(resource: Resource, token: string | null): void {
    this.#sample = null
    this.#openControl(resource, token, 0)
    this.#timer = setInterval(() => void this.#measure(), 1000)
    const sender = this.#senders.video
    if (sender === undefined) return
    // A recording of constant size can be kept as it is; sound comes first anyway.
    const parameters: RTCRtpSendParameters = { ...sender.getParameters(), degradationPreference: this.#role === 'content' ? 'maintain-resolution' : 'balanced' }
    void sender.setParameters(parameters).catch(() => undefined)
  }

  #dropped(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#reopening)
    this.#control?.close()
    this.#control = null
    this.#senders = {}
    this.state.update({ figures: null })
  }

  /** The relay says which layers anybody needs. Without the channel all are sent: dear, and nobody misses anything. */
  #openControl(resource: Resource, token: string | null, attempt: number): void {
    if (resource.control === null) return
    let heard = false
    this.#control = new ControlChannel(resource.control, token, {
      message: (message) => {
        heard = true
        if (message.type === 'layers') void this.#send(message.lines)
      },
      gone: () => {
        this.#control = null
        if (resource.connection !== this.#session.connection) return
        this.#reopening = setTimeout(() => this.#openControl(resource, token, heard ? 0 : attempt + 1), retryDelayMs(attempt, Math.random()))
      },
    })
  }

  /** Sends the layers that somebody needs. */
  async #send(lines: LineLayers[]): Promise<void> {
    const mid = this.#session.connection?.getTransceivers().find(({ sender }) => sender === this.#senders.video)?.mid
    const wanted = lines.find((line) => line.mid === mid)?.rids
    const parameters = this.#senders.video?.getParameters()
    if (wanted === undefined || parameters === undefined) return
    const next = chosen(parameters.encodings, wanted)
    if (next !== null) await this.#senders.video?.setParameters({ ...parameters, encodings: next }).catch(() => undefined)
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
