/**
 * A rush: 199 viewers join within two seconds while browsers join one after another. Each browser's first picture, from the moment
 * its page asks to join; what the rush costs the source; and how far behind somebody who came before the rush a newcomer stays.
 * Once on a short way, once where the browsers' signalling and media take 50 ms each way and every fiftieth packet is lost.
 */
import type { Page } from '@playwright/test'
import { spawn, type ChildProcess } from 'node:child_process'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, test } from '../fixtures'
import { program, type Relay } from '../relay'

const BOTS = 199
const BROWSERS = 20
const WAY_MS = 50

/** Every so many browsers one stays, so that its lag can be seen. */
const STAYS_EVERY = 5
const STAYS_MS = 2000

interface Picture {
  /** Of its pixels. */
  hash: number
  /** When it was shown, milliseconds since 1970. */
  at: number
}

declare global {
  interface Window {
    pictures: Picture[]
    /** When the page asked to join. */
    asked: number | undefined
  }
}

/** Keeps what a page shows, by a number made of its pixels. */
function keepPictures(): void {
  const now = () => performance.timeOrigin + performance.now()
  window.pictures = []
  const Real = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      window.asked ??= now()
    }
  }
  const canvas = new OffscreenCanvas(160, 90)
  const brush = canvas.getContext('2d', { willReadFrequently: true })
  const watched = new WeakSet<HTMLVideoElement>()
  const watch = (video: HTMLVideoElement) => {
    if (watched.has(video)) return
    watched.add(video)
    const keep: VideoFrameRequestCallback = () => {
      const at = now()
      video.requestVideoFrameCallback(keep)
      if (brush === null) return
      brush.drawImage(video, 0, 0, 160, 90)
      let hash = 0
      for (const value of new Uint32Array(brush.getImageData(0, 0, 160, 90).data.buffer)) hash = (Math.imul(hash, 31) + value) | 0
      window.pictures.push({ hash, at })
    }
    video.requestVideoFrameCallback(keep)
  }
  new MutationObserver(() => document.querySelectorAll('video').forEach(watch)).observe(document, { childList: true, subtree: true })
}

/** A door in front of the server's own, so far away. */
async function farDoor(port: number): Promise<Server> {
  const later = (from: Socket, to: Socket) => {
    from.on('data', (piece) => setTimeout(() => to.writable && to.write(piece), WAY_MS))
    from.on('close', () => setTimeout(() => to.destroy(), WAY_MS))
    from.on('error', () => to.destroy())
  }
  const server = createServer((browser) => {
    const relay = connect(port, '127.0.0.1')
    for (const end of [browser, relay]) end.setNoDelay()
    later(browser, relay)
    later(relay, browser)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

/** 199 viewers, from the program's own command; resolves to its summary once they have gone. */
class Bots {
  readonly #process: ChildProcess
  #text = ''

  constructor(relay: Relay, seconds: number) {
    const arguments_ = ['bot', 'audience', '--url', `${relay.origin}/whep/demo`, '--ca', relay.rootCertificate, '--viewers', `${BOTS}`, '--within', '2', '--seconds', `${seconds}`]
    this.#process = spawn(program(), arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()))
  }

  /** How many have got something within the last second. */
  get watching(): number {
    const lines = this.#text.trim().split('\n').filter((line) => line.includes('"watching"'))
    return lines.length === 0 ? 0 : (JSON.parse(lines.at(-1) ?? '{}') as { watching: number }).watching
  }

  async summary(): Promise<{ viewers: number; refused: number; failed: number; lost: number; packets: number; firstPacketMs: { p50: number; p95: number } }> {
    if (this.#process.exitCode === null) await once(this.#process, 'exit')
    const line = this.#text.trim().split('\n').find((one) => one.includes('"summary"'))
    if (line === undefined) throw new Error(`no summary: ${this.#text.slice(-500)}`)
    return JSON.parse(line) as Awaited<ReturnType<Bots['summary']>>
  }
}

/** Key frames the demonstration's source was asked for, by what for. */
async function keyFramesAsked(page: Page, relay: Relay): Promise<Map<string, number>> {
  const text = await (await page.request.get(`${relay.origin}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith('yunling_publication_key_frame_requests_total{meeting="demo"'))
  expect(lines.length, 'the figure is there').toBeGreaterThan(0)
  const asked = new Map<string, number>()
  for (const line of lines) {
    const reason = /reason="([^"]*)"/.exec(line)?.[1] ?? ''
    asked.set(reason, (asked.get(reason) ?? 0) + Number(line.split(' ').at(-1)))
  }
  return asked
}

/** How much later a page shows the same pictures than another, in the middle: both decode the same bits. */
function behind(page: Picture[], other: Picture[]): number {
  const single = (list: Picture[]) => {
    const places = new Map<number, number>()
    for (const { hash, at } of list) places.set(hash, places.has(hash) ? NaN : at)
    return places
  }
  const [mine, theirs] = [single(page), single(other)]
  const apart = [...mine].map(([hash, at]) => at - (theirs.get(hash) ?? NaN)).filter((ms) => Math.abs(ms) < 1000)
  expect(apart.length, 'pictures both have shown').toBeGreaterThan(5)
  return apart.sort((one, next) => one - next)[Math.floor(apart.length / 2)] ?? NaN
}

const share = (sorted: number[], part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? NaN

for (const { where, far, most } of [
  { where: 'on a short way', far: false, most: 300 },
  { where: `over ${2 * WAY_MS} ms and with 2 % loss`, far: true, most: 1000 },
]) {
  test(`${BOTS} join within two seconds, and browsers beside them, ${where}`, async ({ openAt, relay, line }) => {
    const lossy = far ? await line({ up: { delayMs: WAY_MS, loss: 0.02 }, down: { delayMs: WAY_MS, loss: 0.02 } }) : undefined
    const door = far ? await farDoor(relay.ports[0]) : undefined
    const address = door?.address()
    const path = '/screen/demo'
    const from = typeof address === 'object' && address !== null ? relay.at(address.port) : relay
    const join = (beside: boolean) =>
      openAt(beside ? from : relay, path, { before: keepPictures, ...(beside && lossy !== undefined && { through: lossy.port }), size: { width: 640, height: 360 } })

    const old = await openAt(from, path, { before: keepPictures, ...(lossy !== undefined && { through: lossy.port }), size: { width: 640, height: 360 } })
    await expect.poll(() => old.evaluate(() => window.pictures.length), { message: 'somebody watches' }).toBeGreaterThan(50)
    const before = await keyFramesAsked(old, relay)
    const bots = new Bots(relay, 20)
    const [firsts, lags]: [number[], number[]] = [[], []]
    let during = 0
    for (let number = 0; number < BROWSERS; number += 1) {
      const page = await join(true)
      await page.waitForFunction(() => window.pictures.length > 0, undefined, { polling: 20 })
      firsts.push(await page.evaluate(() => (window.pictures[0]?.at ?? NaN) - (window.asked ?? NaN)))
      during = bots.watching < BOTS ? firsts.length : during
      if (number % STAYS_EVERY === STAYS_EVERY - 1) {
        await page.waitForTimeout(STAYS_MS)
        const since = await page.evaluate(() => (window.pictures = []).length)
        expect(since).toBe(0)
        await page.waitForFunction(() => window.pictures.length > 40)
        lags.push(behind(await page.evaluate(() => window.pictures), await old.evaluate(() => window.pictures.slice(-200))))
      }
      await page.context().close()
    }
    const reasons = [...(await keyFramesAsked(old, relay))].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const).filter(([, count]) => count > 0)
    const asked = reasons.reduce((sum, [, count]) => sum + count, 0)
    const summary = await bots.summary()
    door?.close()
    const sorted = [...firsts].sort((one, next) => one - next)
    const [middle, late] = [Math.round(share(sorted, 0.5)), Math.round(share(sorted, 0.95))]
    const worst = Math.round(Math.max(...lags.map(Math.abs)))
    const figures =
      `first picture of ${BROWSERS} browsers after ${middle} ms in the middle, ${late} ms at the 95th of a hundred (${during} of them joined before all bots watched: ` +
      `${firsts.map(Math.round).join(' ')}); ${summary.viewers} bots watched, first packet after ${summary.firstPacketMs.p95} ms (95th), ${summary.lost} of ${summary.packets} packets lost; ` +
      `${asked} key frames asked of the source (${reasons.map(([reason, count]) => `${reason} ${count}`).join(', ')}); two seconds later at most ${worst} ms from an old viewer (${lags.map(Math.round).join(' ')})`
    test.info().annotations.push({ type: 'figures', description: figures })
    expect([summary.viewers, summary.refused, summary.failed], figures).toEqual([BOTS, 0, 0])
    expect(asked, figures).toBeLessThanOrEqual(2)
    expect(worst, figures).toBeLessThanOrEqual(50)
    expect(late, figures).toBeLessThanOrEqual(most)
  })
}
