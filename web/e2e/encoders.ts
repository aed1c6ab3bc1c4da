import { spawn, type ChildProcess } from 'node:child_process'
import { ROOT } from './relay'

const START_MS = 30_000
const AGAIN_MS = 1000

/** A program outside of the relay that sends pictures and sound, and can be switched off as hard as a plug is pulled. */
abstract class Encoder {
  #process: ChildProcess | null = null
  #again: ReturnType<typeof setTimeout> | undefined

  protected run(program: string, args: string[]): ChildProcess {
    const started = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
    this.#process = started
    return started
  }

  /** The same, started anew a second after it ended by itself. */
  protected runAgain(program: string, args: string[]): void {
    this.run(program, args).once('exit', () => {
      if (this.#process !== null) this.#again = setTimeout(() => this.runAgain(program, args), AGAIN_MS)
    })
  }

  async off(): Promise<void> {
    const program = this.#process
    this.#process = null
    clearTimeout(this.#again)
    if (program === null || program.exitCode !== null) return
    const ended = new Promise((resolve) => program.once('exit', resolve))
    program.kill('SIGKILL')
    await ended
  }

  abstract on(): Promise<void>
}

/** The cameras of `tests/leg/rtsp_server.py`: H.264 with a ball that moves, G.711 with a tone of 440 Hz, digest log-in. */
export class Camera extends Encoder {
  readonly user = 'admin'
  readonly hertz = 440
  readonly password: string
  #port = 0

  constructor(password: string) {
    super()
    this.password = password
  }

  get url(): string {
    return `rtsp://127.0.0.1:${this.#port}/g711`
  }

  /** Returns once it can be called. */
  async on(): Promise<void> {
    // The system's own Python: only that one has the bindings.
    const started = this.run('/usr/bin/python3', ['tests/leg/rtsp_server.py', String(this.#port), this.user, this.password])
    this.#port = await new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the RTSP server did not start: are python3-gi and gir1.2-gst-rtsp-server-1.0 there?')), START_MS)
      started.stdout?.once('data', (line: Buffer) => {
        clearTimeout(late)
        resolve(Number(line.toString().trim()))
      })
    })
  }
}

const BASELINE = ['-profile:v', 'baseline', '-preset', 'ultrafast', '-tune', 'zerolatency']
/** What many encoders are set to when they are bought. */
const B_FRAMES = ['-profile:v', 'main', '-preset', 'veryfast', '-bf', '2']
const NOISE = ['-re', '-f', 'u8', '-ar', '48000', '-i', '/dev/urandom', '-c:a', 'copy', '-f', 'u8', '-flush_packets', '1']

/** ffmpeg calls by SRT, and again whenever its call ended, as encoders do: H.264 with a test card that counts, AAC with a tone; or noise. */
export class Caller extends Encoder {
  readonly hertz = 1000
  readonly #what: string[]

  constructor(port: number, passphrase: string, what: 'baseline' | 'b-frames' | 'noise' = 'baseline') {
    super()
    const sources = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25', '-re', '-f', 'lavfi', '-i', `sine=frequency=${this.hertz}:sample_rate=48000`]
    const video = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', ...(what === 'b-frames' ? B_FRAMES : BASELINE), '-threads', '1', '-g', '25']
    const media = what === 'noise' ? NOISE : [...sources, ...video, '-c:a', 'aac', '-f', 'mpegts']
    this.#what = [...media, `srt://127.0.0.1:${port}?mode=caller&passphrase=${passphrase}`]
  }

  on(): Promise<void> {
    this.runAgain('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', ...this.#what])
    return Promise.resolve()
  }
}
