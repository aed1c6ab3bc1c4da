import { spawn, type ChildProcess } from 'node:child_process'
import { promises as files, existsSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { createSocket } from 'node:dgram'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = new URL('../..', import.meta.url).pathname
const START_MS = 30_000

/** Another program than the one built here, and where it is. */
export interface Elsewhere {
  program: string
  pipelines: string
  /** Addresses told to browsers. */
  announce: string[]
}

export interface How {
  /** With the demonstration meeting, unless it says no. */
  demo?: boolean
  elsewhere?: Elsewhere
  /** How long the pieces of a running recording are. */
  pieceSeconds?: number
}

/** The real program, with or without the demonstration meeting, on free ports and with a data folder of its own. */
export class Relay {
  readonly origin: string
  readonly plainOrigin: string
  /** Every port it listens on. */
  readonly ports: readonly [https: number, http: number, media: number, mediaTcp: number]
  readonly #folder: string
  readonly #program: string
  readonly #demo: boolean
  #process: ChildProcess | null = null
  #log = ''
  #firstPassword: string | undefined

  private constructor(folder: string, program: string, ports: Relay['ports'], demo: boolean) {
    this.#folder = folder
    this.#program = program
    this.#demo = demo
    this.ports = ports
    this.origin = `https://127.0.0.1:${ports[0]}`
    this.plainOrigin = `http://127.0.0.1:${ports[1]}`
  }

  static async start({ demo = true, elsewhere, pieceSeconds = 64 }: How = {}): Promise<Relay> {
    const folder = await files.mkdtemp(join(tmpdir(), 'yunling-e2e-'))
    const [https, http, media, mediaTcp] = [await freeTcpPort(), await freeTcpPort(), await freeUdpPort(), await freeTcpPort()]
    // Firefox pairs no loopback address: the machine's own is announced, too.
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter((one) => one.family === 'IPv4' && !one.internal).map((one) => one.address))
    const config = [
      '[http]',
      'listen = ["127.0.0.1"]',
      `https_port = ${https}`,
      `http_port = ${http}`,
      '[media]',
      'workers = 1',
      `base_port = ${media}`,
      `tcp_port = ${mediaTcp}`,
      'listen = ["0.0.0.0"]',
      `announce = ${JSON.stringify(elsewhere?.announce ?? ['127.0.0.1', ...own])}`,
      '[network]',
      `allowed_subnets = ${JSON.stringify(['127.0.0.0/8', ...own.map((address) => `${address}/32`)])}`,
      '[data]',
      `folder = ${JSON.stringify(join(folder, 'data'))}`,
      '[recordings]',
      `piece_seconds = ${pieceSeconds}`,
      '[legs]',
      `pipelines = ${JSON.stringify(elsewhere?.pipelines ?? join(ROOT, 'gst-pipelines'))}`,
      '',
    ].join('\n')
    const relay = new Relay(folder, elsewhere?.program ?? program(), [https, http, media, mediaTcp], demo)
    await files.writeFile(relay.settings, config)
    await relay.up()
    return relay
  }

  /** Starts the process and waits until it is ready. */
  async up(): Promise<void> {
    const program = spawn(this.#program, ['serve', '--config', this.settings, ...(this.#demo ? ['--demo'] : [])], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = program
    const keep = (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-20_000)
      this.#firstPassword ??= /password {2,}(\S+)\s/.exec(this.#log)?.[1]
    }
    program.stdout.on('data', keep)
    program.stderr.on('data', keep)
    const deadline = Date.now() + START_MS
    // It answers before what it printed has come through the pipe.
    const told = () => this.#demo || this.#firstPassword !== undefined
    while (!((await this.#ready()) && told())) {
      if (program.exitCode !== null || Date.now() > deadline) throw new Error(`the relay did not start:\n${this.#log}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** `kill -9`: no goodbye to anyone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    await files.rm(this.#folder, { recursive: true, force: true })
  }

  /** The first administrator's one-time password, which the first start printed once. */
  get firstPassword(): string {
    if (this.#firstPassword === undefined) throw new Error(`no one-time password was printed:\n${this.#log}`)
    return this.#firstPassword
  }

  /** Its settings file. */
  get settings(): string {
    return join(this.#folder, 'yunling.toml')
  }

  /** The root certificate it made for itself. */
  get rootCertificate(): string {
    return join(this.#folder, 'data', 'certs', 'ca.crt')
  }

  /** The same server by another port of this machine that leads to it. */
  at(port: number): { origin: string } {
    return { origin: `https://127.0.0.1:${port}` }
  }

  get log(): string {
    return this.#log
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const program = this.#process
    this.#process = null
    if (program === null || program.exitCode !== null) return
    const ended = new Promise((resolve) => program.once('exit', resolve))
    const patience = setTimeout(() => program.kill('SIGKILL'), 8000)
    program.kill(signal)
    await ended
    clearTimeout(patience)
  }

  #ready(): Promise<boolean> {
    return new Promise((resolve) => {
      const asked = request(`${this.origin}/readyz`, { rejectUnauthorized: false, timeout: 1000 }, (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      })
      asked.on('error', () => resolve(false))
      asked.on('timeout', () => asked.destroy())
      asked.end()
    })
  }
}

/** `YUNLING` names another program than the one built here. */
export function program(): string {
  const given = process.env.YUNLING
  if (given !== undefined && given !== '') return given
  const found = ['debug', 'release'].map((profile) => join(ROOT, 'target', profile, 'yunling')).find((path) => existsSync(path))
  if (found === undefined) throw new Error('build the program first: cargo build')
  return found
}

const freeTcpPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

/** A UDP port that nobody uses now. */
export const freeUdpPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.on('error', reject)
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })
