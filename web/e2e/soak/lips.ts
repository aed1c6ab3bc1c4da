/**
 * Lips on the big screen: flash and beep of the programme at the screen's elements, after its source has been changed fifty times
 * between one whose sound comes 200 ms late and whose clock is 200 ppm fast, and one whose picture comes 200 ms late and whose clock
 * is 200 ppm slow. Then the same of whoever is not the programme, at a desk.
 *
 * A beep is seen where sound is pulled for the loudspeaker, which is earlier than it is heard by what Chromium states as the delay
 * of its output (30 ms without a sound card), a flash where it is to be shown, in steps of the screen's 60 Hz. What measuring adds is
 * taken from a third source, with neither fault, before any change: Chromium's own figures say how far its sound and picture are
 * apart, and what is measured beyond that is measuring's. Chromium moves nothing that is less than 30 ms apart by those figures.
 */
import type { Page } from '@playwright/test'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '../fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, OPERATOR_PASSWORD, WIDE } from '../people'
import { program, ROOT, type Relay } from '../relay'

const CHANGES = 50
/** A stay is so long, and up to so much longer: a change comes at any moment of a second. */
const STAY_MS = 3000
const STAY_MORE_MS = 1500
/** Chromium moves sound and picture step by step. */
const SETTLE_MS = 15_000
const MEASURE_MS = 20_000
const APART_MS = 45
const ASIDE_APART_MS = 150
/** Measuring adds no more than that, and shows no more of a source without faults. */
const STRAIGHT_MS = 40
const PATH_MS = 200
const PPM = 200
const ASIDE_MS = 18_000
/** Flash and beep come once a second. */
const PAIR_MS = 500
const FIRST_SECONDS = 4

const SOURCES = [
  { name: 'straight', colour: 'green', hertz: 1500, late: 0, ppm: 0 },
  { name: 'late sound', colour: 'red', hertz: 1000, late: PATH_MS, ppm: PPM },
  { name: 'late picture', colour: 'blue', hertz: 2000, late: -PATH_MS, ppm: -PPM },
] as const

/** A flash or a beep: whose it is, and when the element showed or played it, milliseconds since 1970. */
interface Mark {
  at: number
  /** Place in `SOURCES`. */
  source: number
}

/** How much later sound is than picture, and when that was so. */
interface Apart {
  at: number
  ms: number
}

declare global {
  interface Window {
    flashes: Mark[]
    beeps: Mark[]
    /** What Chromium's own figures say of its first picture and sound. */
    claims: Apart[]
  }
}

/** Chromium's, which the types do not know. */
declare const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => { readonly readable: ReadableStream<Piece> }

interface Piece {
  timestamp: number
  sampleRate: number
  numberOfFrames: number
  copyTo: (into: Float32Array, how: { planeIndex: number; format: string }) => void
  close: () => void
}

interface Watched {
  /** The picture's selector. */
  picture: string
  /** Tones of the sources. */
  hertz: readonly number[]
}

/** Keeps each flash of a picture and each beep of any sound of the page. */
function watch({ picture, hertz }: Watched): void {
  window.flashes = []
  window.beeps = []
  window.claims = []
  const video = document.querySelector<HTMLVideoElement>(picture)
  const brush = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true })
  if (video === null || brush === null) throw new Error('no picture')

  let dark: number | null = null
  const look: VideoFrameRequestCallback = (_, { expectedDisplayTime }) => {
    video.requestVideoFrameCallback(look)
    brush.drawImage(video, 0, 0, 8, 8)
    const [red = 0, green = 0, blue = 0] = brush.getImageData(4, 4, 1, 1).data
    if (Math.min(red, green, blue) < 128) {
      dark = [green, red, blue].indexOf(Math.max(red, green, blue))
    } else if (dark !== null) {
      window.flashes.push({ at: performance.timeOrigin + expectedDisplayTime, source: dark })
      dark = null
    }
  }
  video.requestVideoFrameCallback(look)

  const listen = async (track: MediaStreamTrack) => {
    const pieces = new MediaStreamTrackProcessor({ track }).readable.getReader()
    // Pieces are stamped when they are pulled, on a clock with another beginning than the page's: the piece that came here soonest
    // tells how far the two are apart.
    let ahead = Infinity
    let quiet = 0
    let last = 0
    let beep: { stamp: number; samples: number; waves: number } | null = null
    for (;;) {
      const { value: piece } = await pieces.read()
      if (piece === undefined) return
      const { timestamp, sampleRate, numberOfFrames } = piece
      ahead = Math.min(ahead, performance.now() - timestamp / 1000)
      const samples = new Float32Array(numberOfFrames)
      piece.copyTo(samples, { planeIndex: 0, format: 'f32-planar' })
      piece.close()
      for (const [index, sample] of samples.entries()) {
        const loud = Math.abs(sample) > 0.1
        if (loud && beep === null && quiet > sampleRate / 5) beep = { stamp: timestamp / 1000 + (index * 1000) / sampleRate, samples: 0, waves: 0 }
        quiet = loud ? 0 : quiet + 1
        if (beep !== null) {
          beep.samples += 1
          beep.waves += last < 0 && sample >= 0 ? 1 : 0
          if (beep.samples * 25 > sampleRate) {
            const waves = beep.waves * 25
            const off = hertz.map((tone) => Math.abs(tone - waves))
            window.beeps.push({ at: performance.timeOrigin + beep.stamp + ahead, source: off.indexOf(Math.min(...off)) })
            beep = null
          }
        }
        last = sample
      }
    }
  }
  for (const { srcObject } of document.querySelectorAll('audio')) {
    if (srcObject instanceof MediaStream) srcObject.getAudioTracks().forEach((track) => void listen(track))
  }

  setInterval(() => {
    void window.connections.at(-1)?.getStats().then((report) => {
      const shown: Partial<Record<string, number>> = {}
      report.forEach((entry: Record<string, unknown>) => {
        if (entry.type === 'inbound-rtp' && (entry.mid === '0' || entry.mid === '1')) shown[String(entry.kind)] = Number(entry.estimatedPlayoutTimestamp)
      })
      window.claims.push({ at: performance.timeOrigin + performance.now(), ms: (shown.video ?? NaN) - (shown.audio ?? NaN) })
    })
  }, 250)
}

interface Seen {
  flashes: Mark[]
  beeps: Mark[]
  claims: Apart[]
}

const seen = (page: Page): Promise<Seen> => page.evaluate(() => ({ flashes: window.flashes, beeps: window.beeps, claims: window.claims }))

/** Each flash with the beep nearest to it. */
function pairs({ flashes, beeps }: Seen): (Mark & Apart)[] {
  return flashes.flatMap(({ at, source }) => {
    const ms = nearest(beeps.filter((beep) => beep.source === source).map((beep) => beep.at - at))
    return Math.abs(ms) <= PAIR_MS ? [{ at, source, ms }] : []
  })
}

/** One publisher, from the program beside this file. */
class Publisher {
  readonly #process: ChildProcess
  #text = ''

  constructor(relay: Relay, meeting: string, { name, colour, hertz, late, ppm }: (typeof SOURCES)[number]) {
    const token = tokenFor(relay, meeting, 'publisher', name)
    const what = ['--colour', colour, '--hertz', `${hertz}`, `--sound-late-ms=${late}`, `--ppm=${ppm}`]
    const where = ['--server', relay.origin, '--ca', relay.rootCertificate, '--meeting', meeting, '--token', token]
    // The system's own Python: only that one has the bindings.
    this.#process = spawn('/usr/bin/python3', ['web/e2e/soak/lips-source.py', ...where, ...what], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()))
  }

  /** Ends it; what it sent, by its own account. */
  async end(): Promise<Account | null> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      await ended
    }
    return this.#text === '' ? null : (JSON.parse(this.#text) as Account)
  }
}

/** What `lips-source.py` prints. */
interface Account {
  path_ms: number
  apart_ms: number
  clock_ppm: number
  media_ppm: [number, number]
}

const tokenFor = (relay: Relay, meeting: string, role: string, name: string): string =>
  execFileSync(program(), ['token', '--config', relay.settings, '--meeting', meeting, '--role', role, '--name', name], { encoding: 'utf8' }).trim()

interface Status {
  meetings: { id: string; participants: { participant: string; name: string; picture: boolean }[] }[]
}

const participants = (page: Page, meeting: string) =>
  page.evaluate(async (id) => {
    const status = (await (await fetch('/api/status')).json()) as Status
    return (status.meetings.find((one) => one.id === id)?.participants ?? []).filter(({ picture }) => picture)
  }, meeting)

/** The one closest to 0. */
const nearest = (list: number[]) => list.reduce((best, one) => (Math.abs(one) < Math.abs(best) ? one : best), Infinity)
const middle = (list: number[]) => [...list].sort((one, next) => one - next)[Math.floor(list.length / 2)] ?? NaN
const worst = (list: number[]) => list.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most), 0)
const within = (list: number[]) => list.filter((ms) => Math.abs(ms) <= APART_MS).length / list.length
const rounded = (list: number[]) => list.map(Math.round).join(' ')
const said = (list: number[]) => `${Math.round(middle(list))} ms in the middle, ${Math.round(worst(list))} ms at worst, ${Math.round(within(list) * 100)} % of ${list.length} within ${APART_MS} ms`

interface Stay {
  source: number
  from: number
  until: number
}

test(`lips of the programme after ${CHANGES} changes between sources ±${PATH_MS} ms and ±${PPM} ppm apart`, async ({ bareRelay, openAt }) => {
  test.setTimeout(480_000)
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const first = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  await admin.close()
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(operator, 'liwei', first)
  await changeFirst(operator, first, OPERATOR_PASSWORD)
  // Any page without a picture of its own, which would cost time of the machine.
  await go(operator, '我的账号')
  const startsAtMs = Date.now()
  const plan = { title: '音画同步', startsAtMs, endsAtMs: startsAtMs + 3_600_000, kind: 'own', codec: 'h264', venues: [] }
  const meeting = String((await ask(operator, '/api/meetings', plan)).id)
  await ask(operator, `/api/meetings/${meeting}/open`, {})

  const accounts: (Account | null | undefined)[] = []
  const publishers = SOURCES.map((source) => new Publisher(bareRelay, meeting, source))
  try {
    await expect.poll(async () => (await participants(operator, meeting)).length, { message: 'all publish' }).toBe(SOURCES.length)
    const there = await participants(operator, meeting)
    const idOf = (source: number) => there.find(({ name }) => name === SOURCES[source]?.name)?.participant
    const choose = async (source: number) => {
      await ask(operator, `/api/meetings/${meeting}/programme`, { participant: idOf(source), withSound: true })
      return Date.now()
    }
    const stays: Stay[] = []
    const stay = async (source: number, ms: number): Promise<Stay> => {
      const from = await choose(source)
      // Paces: a source stays on air for as long as somebody would leave it there.
      await operator.waitForTimeout(ms)
      const one = { source, from, until: Date.now() }
      stays.push(one)
      return one
    }
    const hertz = SOURCES.map((source) => source.hertz)
    const viewer = (name: string) => `#token=${tokenFor(bareRelay, meeting, 'viewer', name)}`

    await choose(0)
    const screen = await openAt(bareRelay, `/screen/${meeting}${viewer('大屏幕')}`, { size: { width: 640, height: 360 } })
    await expect(screen.getByRole('status')).toHaveCount(0)
    await screen.evaluate(watch, { picture: 'video', hertz })
    await expect.poll(async () => pairs(await seen(screen)).length, { message: 'flash and beep are seen' }).toBeGreaterThan(1)
    const straight = await stay(0, SETTLE_MS + MEASURE_MS)
    accounts[0] = await publishers[0]?.end()
    for (let change = 1; change < CHANGES; change += 1) await stay(2 - (change % 2), STAY_MS + Math.random() * STAY_MORE_MS)
    const changes = stays.slice(1)
    const last = [await stay(2, SETTLE_MS + MEASURE_MS), await stay(1, SETTLE_MS + MEASURE_MS)]
    expect(stays.length - 2, 'changes before the first that is measured, and that one').toBe(CHANGES)
    const onScreen = await seen(screen)
    await screen.context().close()

    // Whoever is not the programme, at a desk: sound and picture of two lines that no browser keeps together.
    const desk = await openAt(bareRelay, `/join/${meeting}${viewer('席位')}`, { size: { width: 640, height: 360 } })
    await desk.getByRole('button', { name: /仅观看/ }).click()
    const aside: number[][] = []
    for (const source of [1, 2]) {
      const name = SOURCES[source]?.name ?? ''
      // Whoever is on air has a microphone that ends with that.
      await choose(3 - source)
      await ask(operator, `/api/meetings/${meeting}/microphones`, { participant: idOf(source), open: true })
      await expect(desk.getByRole('figure', { name, exact: true }).locator('video')).toBeVisible()
      await desk.evaluate(watch, { picture: `figure[aria-label="${name}"] video`, hertz })
      const { from } = await stay(3 - source, ASIDE_MS)
      aside[source] = pairs(await seen(desk)).filter((pair) => pair.source === source && pair.at > from + ASIDE_MS / 3).map(({ ms }) => ms)
    }
    for (const [source, publisher] of publishers.entries()) accounts[source] ??= await publisher.end()

    const all = pairs(onScreen)
    const during = ({ source, from, until }: Stay, after: number, before = Infinity) =>
      all.filter((pair) => pair.source === source && pair.at >= from + after && pair.at < Math.min(until, from + before))
    const ms = (list: Apart[]) => list.map((one) => one.ms)
    const claimed = (at: number) => middle(ms(onScreen.claims.filter((claim) => Math.abs(claim.at - at) < 600)))
    const settled = during(straight, SETTLE_MS)
    const added = middle(settled.map((pair) => pair.ms - claimed(pair.at)))
    const less = (list: number[]) => list.map((one) => one - added)
    const afterAll = last.map((one) => ({ source: one.source, list: less(ms(during(one, SETTLE_MS))) }))
    const figures = [
      `straight: sound later by ${said(ms(settled))}, by Chromium's own figures ${Math.round(middle(settled.map(({ at }) => claimed(at))))} ms; measuring adds ${Math.round(added)} ms, which the following is without`,
      ...last.flatMap((one) => {
        const short = changes.filter(({ source }) => source === one.source)
        const firsts = Array.from({ length: FIRST_SECONDS }, (_, second) => middle(less(ms(short.flatMap((each) => during(each, second * 1000, (second + 1) * 1000))))))
        const whole = during(one, 0)
        const late = whole.filter((pair) => Math.abs(pair.ms - added) > APART_MS).at(-1)
        return [
          `${SOURCES[one.source]?.name ?? ''}: sound later by ${said(less(ms(during(one, SETTLE_MS))))}; by second after each of ${short.length} changes ${rounded(firsts)}; ` +
            `outside of ${APART_MS} ms until ${late === undefined ? 0 : ((late.at - one.from) / 1000).toFixed(1)} s of ${(one.until - one.from) / 1000} s after the last (${rounded(less(ms(whole)))}); ` +
            `beside the programme ${said(less(aside[one.source] ?? []))}`,
        ]
      }),
      `sent: ${JSON.stringify(accounts)}`,
    ].join('\n       ')
    test.info().annotations.push({ type: 'figures', description: figures })

    for (const [source, { late, ppm }] of SOURCES.entries()) {
      const account = accounts[source]
      expect(Math.abs((account?.path_ms ?? NaN) - late), figures).toBeLessThan(15)
      expect(Math.abs(account?.apart_ms ?? NaN), figures).toBeLessThan(2)
      for (const one of [account?.clock_ppm, ...(account?.media_ppm ?? [])]) expect(Math.abs((one ?? NaN) - ppm), figures).toBeLessThan(50)
    }
    expect(Math.abs(added), figures).toBeLessThanOrEqual(STRAIGHT_MS)
    expect(Math.abs(middle(ms(settled))), figures).toBeLessThanOrEqual(STRAIGHT_MS)
    for (const { list } of afterAll) {
      expect(list.length, figures).toBeGreaterThan((MEASURE_MS / 1000) * 0.8)
      expect(Math.abs(middle(list)), figures).toBeLessThanOrEqual(APART_MS)
      expect(within(list), figures).toBeGreaterThanOrEqual(0.95)
    }
    for (const source of [1, 2]) expect(Math.abs(middle(less(aside[source] ?? []))), figures).toBeLessThanOrEqual(ASIDE_APART_MS)
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.end().catch(() => null)))
  }
})
