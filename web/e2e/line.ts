import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'

/** One way of a line. */
export interface Way {
  /** Kilobits a second it bears; without, as many as come. */
  kbps?: number
  /** What its queue holds, in milliseconds of that rate; more is dropped. */
  queueMs?: number
  /** Time a packet takes besides. */
  delayMs?: number
  /** Share of packets lost on the way, 0..1. */
  loss?: number
}

/** Both ways of a line, as seen by whoever is behind it. */
export interface Ways {
  up?: Way
  down?: Way
}

/** A narrow, lossy or long line in front of the relay's media port: a page told of its port sends and receives through it. */
export class Line {
  readonly #target: number
  readonly #front: Socket
  readonly #clients = new Map<string, Socket>()
  readonly up: Direction
  readonly down: Direction

  private constructor(target: number, front: Socket, up: Way, down: Way) {
    this.#target = target
    this.#front = front
    this.up = new Direction(up)
    this.down = new Direction(down)
    front.on('message', (packet, from) => {
      this.up.carry(packet.length, () => this.#client(from).send(packet, this.#target, '127.0.0.1'))
    })
  }

  static async before(media: number, { up = {}, down = {} }: Ways): Promise<Line> {
    const front = createSocket('udp4')
    await new Promise<void>((resolve, reject) => {
      front.once('error', reject)
      front.bind(0, '127.0.0.1', resolve)
    })
    return new Line(media, front, up, down)
  }

  get port(): number {
    return this.#front.address().port
  }

  close(): void {
    this.up.end()
    this.down.end()
    this.#front.close()
    for (const client of this.#clients.values()) client.close()
  }

  /** The relay tells clients apart by their address: each gets one of its own. */
  #client({ address, port }: RemoteInfo): Socket {
    const name = `${address}:${port}`
    const known = this.#clients.get(name)
    if (known !== undefined) return known
    const client = createSocket('udp4')
    client.on('message', (packet) => {
      this.down.carry(packet.length, () => this.#front.send(packet, port, address))
    })
    this.#clients.set(name, client)
    return client
  }
}

interface Waiting {
  due: number
  deliver: () => void
}

/** One way of a line at work, and what it has seen. */
export class Direction {
  way: Way
  passed = 0
  dropped = 0
  bytes = 0
  /** Queueing of the latest packets, milliseconds; the newest last. */
  readonly queuedMs: number[] = []
  #free = 0
  readonly #waiting: Waiting[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(way: Way) {
    this.way = way
  }

  carry(bytes: number, deliver: () => void): void {
    const { kbps, queueMs = 200, delayMs = 0, loss = 0 } = this.way
    const now = performance.now()
    const start = Math.max(now, this.#free)
    if (this.#ended || start - now > queueMs || Math.random() < loss) {
      this.dropped += 1
      return
    }
    this.passed += 1
    this.bytes += bytes
    this.queuedMs.push(start - now)
    if (this.queuedMs.length > 20_000) this.queuedMs.shift()
    this.#free = kbps === undefined ? now : start + (bytes * 8) / kbps
    this.#waiting.push({ due: this.#free + delayMs, deliver })
    this.#arm()
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  #arm(): void {
    const first = this.#waiting[0]
    if (first === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#release(), Math.max(0, first.due - performance.now()))
  }

  #release(): void {
    this.#timer = undefined
    const now = performance.now()
    while (this.#waiting[0] !== undefined && this.#waiting[0].due <= now + 0.5) this.#waiting.shift()?.deliver()
    if (!this.#ended) this.#arm()
  }
}
