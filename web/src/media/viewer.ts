/**
 * Looks into a meeting: a WHEP session with as many lines as the page can show, its control channel, its figures.
 * What a page shows is [`ViewerState`]; everything else happens here.
 */
import type { Problem } from '@/api/problem'
import type { EndReason, MediaKind, MeetingBrief, RosterEntry, ServerMessage, SlotState, SlotWish } from '@/api/generated/wire'
import { narrow } from '@/media/codecs'
import { ControlChannel } from '@/media/control'
import { retryDelayMs, type Phase } from '@/media/reconnect'
import type { Resource } from '@/media/resource'
import { isConnected, Session, type TokenSource } from '@/media/session'
import { compare, observe, packetsIn, readSample, startWatch, type Figures, type Sample } from '@/media/stats'
import { Store } from '@/media/store'

/** One recvonly line. The first of each kind are the programme pair. */
export interface Line {
  mid: string
  kind: MediaKind
  track: MediaStreamTrack
}

export interface ViewerState {
  phase: Phase
  problem: Problem | null
  /** Kept over a loss, so that a slate can show the title. */
  meeting: MeetingBrief | null
  participant: string | null
  /** The relay's clock less ours. */
  skewMs: number
  lines: Line[]
  slots: SlotState[]
  publications: RosterEntry[]
  figures: Figures | null
  /** Whether media can flow: ICE has found a way. Until then nothing can be said of the network or of anybody's camera. */
  connected: boolean
  /** Whether a picture has been decoded on the programme line of this session. */
  pictured: boolean
  /** RosterEntry whose picture the programme line shows at this moment, as its packets say (CSRC). */
  shown: number | null
  /** Publications whose sound is heard now. */
  speaking: number[]
  /** Whether the relay forwards our own sound; `null` until it says so. */
  heard: boolean | null
  /** Who is on air, there or not; `null` while nobody is. */
  onAir: string | null
}

export interface ViewerOptions {
  meeting: string
  token: TokenSource
  video: number
  audio: number
  insist: boolean
  /** The relay's process is gone: whoever else has a session there should look, too. */
  lost?: () => void
}

const SAMPLE_MS = 1000
const SOURCES_MS = 200
const PROOF_MS = 700
const AUDIBLE = 0.01

export class Viewer {
  readonly state = new Store<ViewerState>({
    phase: { kind: 'joining', attempt: 0 },
    problem: null,
    meeting: null,
    participant: null,
    skewMs: 0,
    lines: [],
    slots: [],
    publications: [],
    figures: null,
    connected: false,
    pictured: false,
    shown: null,
    speaking: [],
    heard: null,
    onAir: null,
  })
  readonly #options: ViewerOptions
  readonly #session: Session
  #transceivers: RTCRtpTransceiver[] = []
  #control: ControlChannel | null = null
  #wishes: SlotWish[] = []
  #sample: Sample | null = null
  #watch = startWatch(0)
  #timers: ReturnType<typeof setInterval>[] = []
  #reopening: ReturnType<typeof setTimeout> | undefined

  constructor(options: ViewerOptions) {
    this.#options = options
    this.#session = new Session({
      endpoint: `/whep/${encodeURIComponent(options.meeting)}`,
      headers: { 'Yunling-Page': '1' },
      token: options.token,
      insist: options.insist,
      prepare: (connection) => this.#prepare(connection),
      joined: (resource, token) => this.#joined(resource, token),
      dropped: () => this.#dropped(),
      changed: () => this.state.update({ phase: this.#session.phase, problem: this.#session.problem }),
    })
  }

  /** What each line should show; sent now and after each new join, since a new session knows nothing of the old. */
  wish(wishes: SlotWish[]): void {
    this.#wishes = wishes
    if (wishes.length > 0) this.#control?.send({ type: 'wish', wishes })
  }

  close(): void {
    this.#session.tell({ type: 'leave' })
  }

  #prepare(connection: RTCPeerConnection): void {
    const kinds: MediaKind[] = ['video', 'audio', ...Array<MediaKind>(this.#options.video - 1).fill('video'), ...Array<MediaKind>(this.#options.audio - 1).fill('audio')]
    this.#transceivers = kinds.map((kind) => {
      const transceiver = connection.addTransceiver(kind, { direction: 'recvonly' })
      if (kind === 'video') narrow(transceiver)
      return transceiver
    })
  }

  #joined(resource: Resource, token: string | null): void {
    const lines = this.#transceivers.flatMap(({ mid, receiver }): Line[] =>
      mid === null ? [] : [{ mid, kind: receiver.track.kind === 'audio' ? 'audio' : 'video', track: receiver.track }],
    )
    this.#sample = null
    this.#watch = startWatch(performance.now())
    this.#timers = [setInterval(() => void this.#measure(resource), SAMPLE_MS), setInterval(() => this.#readSources(), SOURCES_MS)]
    this.state.update({ lines, slots: [], pictured: false, shown: null, speaking: [] })
    this.#openControl(resource, token, 0)
  }

  #dropped(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    clearTimeout(this.#reopening)
    this.#control?.close()
    this.#control = null
    this.#transceivers = []
    this.state.update({ lines: [], slots: [], figures: null, connected: false, pictured: false, shown: null, speaking: [] })
  }

  #openControl(resource: Resource, token: string | null, attempt: number): void {
    if (resource.control === null) return
    let heard = false
    this.#control = new ControlChannel(resource.control, token, {
      message: (message) => {
        heard = true
        this.#hear(message)
      },
      gone: () => void this.#controlGone(resource, token, heard ? 0 : attempt + 1),
    })
  }

  /**
   * The channel and the media share nothing but the relay: while packets flow, only the channel is opened again. If they
   * have stopped too, the relay's process is gone and there is nothing to repair.
   */
  async #controlGone(resource: Resource, token: string | null, attempt: number): Promise<void> {
    this.#control = null
    const before = await this.#take(resource)
    await new Promise((resolve) => setTimeout(resolve, PROOF_MS))
    if (resource.connection !== this.#session.connection) return
    const after = await this.#take(resource)
    if (before !== null && after !== null && packetsIn(after) > packetsIn(before)) {
      this.#reopening = setTimeout(() => this.#openControl(resource, token, attempt), retryDelayMs(attempt, Math.random()))
      return
    }
    this.#session.tell({ type: 'lost' })
    this.#options.lost?.()
  }

  #hear(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.state.update({ meeting: message.meeting, participant: message.participant, skewMs: message.serverTimeMs - Date.now() })
        this.wish(this.#wishes)
        return
      case 'slots':
        this.state.update({ slots: message.slots })
        return
      case 'roster':
        this.state.update({ publications: message.publications })
        return
      case 'stage':
        this.state.update({ heard: message.youAreHeard, onAir: message.onAir })
        return
      case 'ended':
        this.#end(message.reason)
        return
      // It sends nothing here.
      case 'layers':
      case 'pong':
    }
  }

  #end(reason: EndReason): void {
    switch (reason) {
      // A fault of the channel costs only the channel; it closes now and is opened again.
      case 'channel_fault':
        return
      case 'left':
      case 'meeting_closed':
        this.#session.tell({ type: 'closed' })
        return
      case 'removed':
        this.#session.tell({ type: 'removed' })
        return
      case 'closed_by_peer':
      case 'silent':
      case 'never_connected':
      case 'handshake_failed':
      case 'room_lost':
      case 'server_stopping':
        this.#session.tell({ type: 'lost' })
    }
  }

  async #take(resource: Resource): Promise<Sample | null> {
    try {
      const report = await resource.connection.getStats()
      return readSample(report.values() as Iterable<Record<string, unknown>>, performance.now())
    } catch {
      return null
    }
  }

  async #measure(resource: Resource): Promise<void> {
    const sample = await this.#take(resource)
    if (sample === null || resource.connection !== this.#session.connection) return
    const before = this.#sample
    this.#sample = sample
    const { slots, lines } = this.state.get()
    const programme = lines.find((line) => line.kind === 'video')?.mid ?? null
    const live = (slot: SlotState) => slot.content.show === 'live'
    const picture = programme !== null && document.visibilityState === 'visible' && slots.some((slot) => slot.mid === programme && live(slot)) ? programme : null
    const { watch, verdict } = observe(this.#watch, sample, { media: slots.some(live), picture })
    this.#watch = watch
    this.state.update({
      figures: before === null ? null : compare(before, sample),
      connected: isConnected(resource.connection),
      pictured: programme !== null && (sample.inbound.get(programme)?.frames ?? 0) > 0,
    })
    if (verdict === 'fine') return
    this.#watch = startWatch(sample.atMs)
    this.#session.tell(verdict === 'silent' ? { type: 'path-doubtful' } : { type: 'lost' })
  }

  /** Who is in the picture and who is heard, from the packets themselves: labels switch with the picture. */
  #readSources(): void {
    const now = performance.timeOrigin + performance.now()
    const { slots, shown, speaking } = this.state.get()
    const programme = this.#transceivers.find(({ receiver }) => receiver.track.kind === 'video')
    const newest = (programme?.receiver.getContributingSources() ?? [])
      .filter(({ timestamp }) => now - timestamp < 2000)
      .reduce<RTCRtpContributingSource | null>((best, source) => (best === null || source.timestamp > best.timestamp ? source : best), null)
    const heard = this.#transceivers.flatMap(({ mid, receiver }) => {
      if (receiver.track.kind !== 'audio') return []
      const content = slots.find((slot) => slot.mid === mid)?.content
      const audible = receiver.getSynchronizationSources().some(({ audioLevel = 0, timestamp }) => audioLevel > AUDIBLE && now - timestamp < 1000)
      return audible && content?.show === 'live' ? [content.publication] : []
    })
    const source = newest?.source ?? null
    if (source !== shown || heard.join() !== speaking.join()) this.state.update({ shown: source, speaking: heard })
  }
}
