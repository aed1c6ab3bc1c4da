/** A session's control channel: a WebSocket bound to the WHIP or WHEP resource. Says when it is gone; opening it anew is its owner's decision. */
import type { ClientMessage, ServerMessage } from '@/api/generated/wire'

const PING_MS = 5000
const ANSWER_MS = 4000

export interface ControlHandlers {
  message: (message: ServerMessage) => void
  /** Once, however it ended; not after `close()`. */
  gone: () => void
}

export class ControlChannel {
  readonly #socket: WebSocket
  readonly #handlers: ControlHandlers
  #ping: ReturnType<typeof setInterval> | undefined
  #overdue: ReturnType<typeof setTimeout> | undefined
  #done = false

  constructor(path: string, token: string | null, handlers: ControlHandlers) {
    this.#handlers = handlers
    const address = new URL(path, globalThis.location.href)
    address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:'
    this.#socket = new WebSocket(address)
    this.#overdue = setTimeout(this.#end, ANSWER_MS * 2)
    this.#socket.addEventListener('open', () => {
      this.send({ type: 'hello', token })
      this.#ping = setInterval(this.#ask, PING_MS)
    })
    this.#socket.addEventListener('message', this.#hear)
    this.#socket.addEventListener('close', this.#end)
    this.#socket.addEventListener('error', this.#end)
  }

  send(message: ClientMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  close(): void {
    this.#done = true
    this.#stop()
  }

  readonly #ask = (): void => {
    this.send({ type: 'ping' })
    this.#overdue ??= setTimeout(this.#end, ANSWER_MS)
  }

  readonly #hear = (event: MessageEvent): void => {
    clearTimeout(this.#overdue)
    this.#overdue = undefined
    const message = parse(event.data)
    if (message !== null && !this.#done) this.#handlers.message(message)
  }

  readonly #end = (): void => {
    this.#stop()
    if (this.#done) return
    this.#done = true
    this.#handlers.gone()
  }

  #stop(): void {
    clearInterval(this.#ping)
    clearTimeout(this.#overdue)
    this.#socket.close()
  }
}

/** A newer relay may say things this page does not know; they are left to the receiver's `switch`. */
function parse(data: unknown): ServerMessage | null {
  try {
    return typeof data === 'string' ? (JSON.parse(data) as ServerMessage) : null
  } catch {
    return null
  }
}
