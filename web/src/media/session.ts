/**
 * Keeps one WHIP or WHEP session alive: joins, watches the path, repairs, joins again. A shell around
 * [`next`](./reconnect.ts): timers, events of the peer connection and HTTP here, decisions there.
 */
import { isPassing, isUnauthorised, ProblemError, type Problem } from '@/api/problem'
import { next, type Effect, type Event, type Phase } from '@/media/reconnect'
import { newConnection, Resource } from '@/media/resource'

/** A token for a join; `fresh` asks for a new one because the last was refused. */
export type TokenSource = (fresh: boolean) => Promise<string | null>

export interface SessionPlan {
  endpoint: string
  headers?: Record<string, string>
  token: TokenSource
  /** Whether even a refusal is tried again: see `next`. */
  insist: boolean
  /** Puts the lines onto a new connection, before the offer. */
  prepare: (connection: RTCPeerConnection) => void
  /** The relay has answered. */
  joined: (resource: Resource, token: string | null) => void
  /** The session's connection is gone or about to go. */
  dropped: () => void
  /** The phase or the last problem has changed. */
  changed: () => void
}

/** How long ICE and DTLS may take, and how long a broken path may heal by itself. */
const CONNECT_MS = 10_000
const REPAIR_MS = 5000
const HEAL_MS = 1500

/** Whether ICE has found a way. Older Firefoxes have no `connectionState`, which would say the same of DTLS. */
export const isConnected = ({ iceConnectionState }: RTCPeerConnection): boolean => iceConnectionState === 'connected' || iceConnectionState === 'completed'

export class Session {
  phase: Phase = { kind: 'joining', attempt: 0 }
  /** Why the last join failed; cleared by the next that succeeds. */
  problem: Problem | null = null
  readonly #plan: SessionPlan
  #resource: Resource | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  #deadline: ReturnType<typeof setTimeout> | undefined
  #fresh = false

  constructor(plan: SessionPlan) {
    this.#plan = plan
    globalThis.addEventListener('online', this.#hurry)
    globalThis.addEventListener('pageshow', this.#shown)
    document.addEventListener('visibilitychange', this.#hurry)
    void this.#join()
  }

  /** Feeds one event; carries out what follows from it. */
  tell(event: Event): void {
    const { phase, effects } = next(this.phase, event, { insist: this.#plan.insist, chance: Math.random() })
    const changed = phase !== this.phase
    this.phase = phase
    for (const effect of effects) this.#carryOut(effect)
    if (phase.kind === 'ended') this.#release()
    if (changed) this.#plan.changed()
  }

  get connection(): RTCPeerConnection | null {
    return this.#resource?.connection ?? null
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'join':
        void this.#join()
        return
      case 'repair':
        void this.#repair()
        return
      case 'drop':
        this.#drop()
        return
      case 'wait':
        clearTimeout(this.#retry)
        this.#retry = setTimeout(() => this.tell({ type: 'retry-due' }), effect.ms)
    }
  }

  async #join(): Promise<void> {
    clearTimeout(this.#retry)
    const renewed = this.#fresh
    this.#fresh = false
    try {
      const token = await this.#plan.token(renewed)
      const connection = newConnection()
      this.#plan.prepare(connection)
      const resource = await Resource.open(connection, { endpoint: this.#plan.endpoint, token, ...(this.#plan.headers && { headers: this.#plan.headers }) })
      if (this.phase.kind !== 'joining') {
        resource.close()
        return
      }
      this.problem = null
      this.#resource = resource
      this.#watch(resource)
      this.#plan.joined(resource, token)
      this.tell({ type: 'joined' })
    } catch (error) {
      this.problem = error instanceof ProblemError ? error.problem : { kind: 'unreachable' }
      this.#fresh = isUnauthorised(this.problem) && !renewed
      this.tell({ type: 'join-failed', passing: isPassing(this.problem) || this.#fresh })
    }
  }

  async #repair(): Promise<void> {
    const resource = this.#resource
    if (resource === null) return
    try {
      await resource.restartIce()
      if (resource !== this.#resource) return
      this.#expectConnection(resource, REPAIR_MS)
      this.tell({ type: 'repaired' })
    } catch {
      if (resource === this.#resource) this.tell({ type: 'lost' })
    }
  }

  #watch(resource: Resource): void {
    const { connection } = resource
    let healing: ReturnType<typeof setTimeout> | undefined
    connection.addEventListener('iceconnectionstatechange', () => {
      if (resource !== this.#resource) return
      clearTimeout(healing)
      const state = connection.iceConnectionState
      if (state === 'failed') this.tell({ type: 'path-doubtful' })
      if (state === 'disconnected') healing = setTimeout(() => resource === this.#resource && this.tell({ type: 'path-doubtful' }), HEAL_MS)
    })
    connection.addEventListener('connectionstatechange', () => {
      if (resource === this.#resource && connection.connectionState === 'failed' && connection.iceConnectionState !== 'failed') this.tell({ type: 'lost' })
    })
    this.#expectConnection(resource, CONNECT_MS)
  }

  /** Media must be able to flow within `limitMs`, else the session is given up. */
  #expectConnection(resource: Resource, limitMs: number): void {
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => {
      if (resource === this.#resource && !isConnected(resource.connection)) this.tell({ type: 'lost' })
    }, limitMs)
  }

  #drop(): void {
    clearTimeout(this.#deadline)
    const resource = this.#resource
    this.#resource = null
    this.#plan.dropped()
    resource?.close()
  }

  #release(): void {
    clearTimeout(this.#retry)
    clearTimeout(this.#deadline)
    globalThis.removeEventListener('online', this.#hurry)
    globalThis.removeEventListener('pageshow', this.#shown)
    document.removeEventListener('visibilitychange', this.#hurry)
  }

  readonly #hurry = (): void => {
    if (document.visibilityState === 'visible') this.tell({ type: 'hurry' })
  }

  /** Back from the browser's page cache: the relay was told that we left. */
  readonly #shown = (event: PageTransitionEvent): void => {
    if (event.persisted) this.tell({ type: 'lost' })
  }
}
