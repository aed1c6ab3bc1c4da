/**
 * One WHIP (RFC 9725) or WHEP (draft-ietf-wish-whep) session: offer by POST, candidates and ICE restart by PATCH, end by DELETE.
 * Knows HTTP and one peer connection; when to try again is [`reconnect`](./reconnect.ts).
 */
import { ProblemError, request } from '@/api/problem'
import { applyFragment, linkTarget, offerSoundAgain, writeFragment } from '@/media/sdp'

export interface ResourceOptions {
  /** Where to post the offer, with its query. */
  endpoint: string
  token: string | null
  headers?: Record<string, string>
}

const FRAGMENT = 'application/trickle-ice-sdpfrag'
/** How long the relay may take to answer that we leave, before the connection closes all the same. */
const CLOSE_PATIENCE_MS = 1000

/** What a browser offers, in our words. Firefox asks for no sound again, and is left its own. */
function ours(offer: RTCSessionDescriptionInit): RTCSessionDescriptionInit {
  return navigator.userAgent.includes('Firefox/') ? offer : { ...offer, sdp: offerSoundAgain(offer.sdp ?? '') }
}

export class Resource {
  readonly connection: RTCPeerConnection
  /** Address of the session's control channel, if the relay gave one. */
  readonly control: string | null
  readonly #location: string
  readonly #token: string | null
  #etag: string | null
  #ended = false

  private constructor(connection: RTCPeerConnection, location: string, control: string | null, token: string | null, etag: string | null) {
    this.connection = connection
    this.control = control
    this.#location = location
    this.#token = token
    this.#etag = etag
    globalThis.addEventListener('pagehide', this.#onPageHide)
  }

  /** Offers what the connection holds. Throws `ProblemError`; the connection is closed then. */
  static async open(connection: RTCPeerConnection, options: ResourceOptions): Promise<Resource> {
    const candidates: string[] = []
    const gathered = new Promise<void>((resolve) => {
      connection.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate === null) resolve()
        else if (candidate.candidate !== '') candidates.push(candidate.candidate)
      })
    })
    try {
      await connection.setLocalDescription(ours(await connection.createOffer()))
      const answer = await request(options.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp', accept: 'application/sdp', ...bearer(options.token), ...options.headers },
        body: connection.localDescription?.sdp ?? '',
      })
      const location = answer.headers.get('location')
      if (location === null) throw new ProblemError({ kind: 'unreachable' })
      const base = new URL(options.endpoint, globalThis.location.href)
      const control = linkTarget(answer.headers.get('link'), 'urn:yunling:control')
      const resource = new Resource(
        connection,
        new URL(location, base).pathname,
        control === null ? null : new URL(control, base).pathname,
        options.token,
        answer.headers.get('etag'),
      )
      try {
        await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() })
      } catch (error) {
        resource.close()
        throw error
      }
      void gathered.then(() => resource.#trickle(candidates))
      return resource
    } catch (error) {
      connection.close()
      throw error
    }
  }

  /** New credentials on both sides; DTLS and media stay. Throws if the relay no longer knows the session. */
  async restartIce(): Promise<void> {
    const previous = this.connection.remoteDescription?.sdp ?? ''
    const offer = ours(await this.connection.createOffer({ iceRestart: true }))
    await this.connection.setLocalDescription(offer)
    const answer = await this.#patch(writeFragment(offer.sdp ?? '', [], false), '*')
    const etag = answer.headers.get('etag')
    if (etag !== null) this.#etag = etag
    const sdp = applyFragment(previous, await answer.text())
    if (sdp === null) throw new Error('the relay did not answer the ICE restart')
    await this.connection.setRemoteDescription({ type: 'answer', sdp })
  }

  /**
   * Ends the session here and at the relay. Works while the page is going away, too. Nothing more is sent from now on; the
   * connection itself closes once the relay has answered, for its close would end the session there before our DELETE does.
   */
  close(): void {
    for (const sender of this.connection.getSenders()) void sender.replaceTrack(null).catch(() => undefined)
    const patience = new Promise((resolve) => setTimeout(resolve, CLOSE_PATIENCE_MS))
    void Promise.race([this.#leave(), patience]).then(() => this.connection.close())
  }

  readonly #leave = async (): Promise<void> => {
    if (this.#ended) return
    this.#ended = true
    globalThis.removeEventListener('pagehide', this.#onPageHide)
    await fetch(this.#location, { method: 'DELETE', keepalive: true, headers: bearer(this.#token) }).catch(() => undefined)
  }

  readonly #onPageHide = (): void => void this.#leave()

  /** The relay is a lite agent and learns our address from our checks; candidates only help its diagnosis, so a refusal is no fault. */
  async #trickle(candidates: string[]): Promise<void> {
    if (this.#ended) return
    const fragment = writeFragment(this.connection.localDescription?.sdp ?? '', candidates, true)
    await this.#patch(fragment, this.#etag).catch(() => undefined)
  }

  #patch(fragment: string | null, match: string | null): Promise<Response> {
    if (fragment === null) throw new Error('the offer has no transport')
    const condition: Record<string, string> = match === null ? {} : { 'if-match': match }
    return request(this.#location, {
      method: 'PATCH',
      headers: { 'content-type': FRAGMENT, ...bearer(this.#token), ...condition },
      body: fragment,
      timeoutMs: 4000,
    })
  }
}

const bearer = (token: string | null): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${token}` })

/** A connection for one session: no outside server is ever asked for our address. */
export const newConnection = (): RTCPeerConnection => new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' })
