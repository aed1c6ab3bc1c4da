/**
 * A rush: 199 viewers join within two seconds while a browser's page joins again and again. Its first picture each time, from the
 * request to join; what the rush costs the source; and how far from somebody who came before the rush it is two seconds later.
 * Once on a short way, once where the browsers' signalling and media take 50 ms each way and every fiftieth packet is lost.
 *
 * It is one page, as after a break of its network: a dozen browsers that start one after another would show how long a few cores
 * take to start a browser.
 */
import type { Page } from '@playwright/test'
import { spawn, type ChildProcess } from 'node:child_process'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, test } from '../fixtures'
import { program, type Relay } from '../relay'

const BOTS = 199
const JOINS = 20
const WAY_MS = 50

/** After every so many joins it stays, so that its lag can be seen. */
const STAYS_EVERY = 5
const STAYS_MS = 2000

interface Picture {
  /** Of its pixels. */
  hash: number
  /** When it had come as a whole, and when it was shown, milliseconds since 1970. */
  received: number
  shown: number
}

/** When each of a join's steps was done, milliseconds since 1970. The first is the request to join. */
const STEPS = ['POST', '201', 'connected', 'first packet', 'received', 'shown'] as const
type Steps = Partial<Record<(typeof STEPS)[number], number>>

declare global {
  interface Window {
    steps: Steps
    /** Pictures shown while they are kept. */
    pictures: Picture[]
    keeping: boolean
  }
}

/** Notes a join's steps and, while asked to, keeps what the page shows by a number made of its pixels. */
function noteJoin(): void {
  const now = () => performance.timeOrigin + performance.now()
  window.steps = {}
  window.pictures = []
  window.keeping = false
  // What comes late from the session before is none of this one's.
  const step = (name: keyof Steps, at = now()) => {
    if (name === 'POST' || name === '201' || window.steps['201'] !== undefined) window.steps[name] ??= at
  }
  const RealConnection = window.RTCPeerConnection
  window.RTCPeerConnection = class extends RealConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('connectionstatechange', () => this.connectionState === 'connected' && step('connected'))
      this.addEventListener('track', ({ track }) => track.kind === 'video' && track.addEventListener('unmute', () => step('first packet')))
    }
  }
  const realFetch = window.fetch.bind(window)
  window.fetch = async (...request) => {
    const joins = request[1]?.method === 'POST' && (request[0] as string).startsWith('/whep/')
    if (joins) window.steps = {}
    if (joins) step('POST')
    const answer = await realFetch(...request)
    if (joins) step('201')
    return answer
  }
  const canvas = new OffscreenCanvas(160, 90)
  const brush = canvas.getContext('2d', { willReadFrequently: true })
  const watched = new WeakSet<HTMLVideoElement>()
  const watch = (video: HTMLVideoElement) => {
    if (watched.has(video)) return
    watched.add(video)
    const note: VideoFrameRequestCallback = (_, shown) => {
      video.requestVideoFrameCallback(note)
      const at = performance.timeOrigin + shown.expectedDisplayTime
      const received = performance.timeOrigin + (shown.receiveTime ?? NaN)
      if (window.steps.connected !== undefined) {
        step('received', received)
        step('shown', Math.max(at, now()))
      }
      if (!window.keeping || brush === null) return
      brush.drawImage(video, 0, 0, 160, 90)
      let hash = 0
      for (const value of new Uint32Array(brush.getImageData(0, 0, 160, 90).data.buffer)) hash = (Math.imul(hash, 31) + value) | 0
      window.pictures.push({ hash, received, shown: at })
    }
    video.requestVideoFrameCallback(note)
  }
  new MutationObserver(() => document.querySelectorAll('video').forEach(watch)).observe(document, { childList: true, subtree: true })
}

/**
 * Has a page watch the meeting's picture without sound. A browser whose processor is taken away waits longer and longer for sound, and
 * has the picture wait beside it; what is asked here is how far behind the present a join leaves its viewer.
 */
async function watchInSilence(): Promise<void> {
  const connection = new RTCPeerConnection()
  const { receiver } = connection.addTransceiver('video', { direction: 'recvonly' })
  await connection.setLocalDescription()
  const answer = await fetch('/whep/demo', { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: connection.localDescription?.sdp ?? '' })
  await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() })
  const video = document.createElement('video')
  Object.assign(video, { muted: true, srcObject: new MediaStream([receiver.track]) })
  document.body.append(video)
  await video.play()
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

/** How much later a page gets and shows the same pictures than another, in the middle: both decode the same bits. */
async function behind(page: Page, other: Page): Promise<{ received: number; shown: number }> {
  const both = [page, other]
  for (const one of both) await one.evaluate(() => Object.assign(window, { pictures: [], keeping: true }))
  for (const one of both) await one.waitForFunction(() => window.pictures.length > 40)
  for (const one of both) await one.evaluate(() => (window.keeping = false))
  const single = async (one: Page) => {
    const places = new Map<number, Picture | null>()
    for (const picture of await one.evaluate(() => window.pictures)) places.set(picture.hash, places.has(picture.hash) ? null : picture)
    return places
  }
  const [mine, theirs] = [await single(page), await single(other)]
  const pairs = [...mine].flatMap(([hash, picture]) => {
    const same = theirs.get(hash)
    return picture && same ? [{ received: picture.received - same.received, shown: picture.shown - same.shown }] : []
  })
  expect(pairs.length, 'pictures both have shown').toBeGreaterThan(5)
  const middle = (all: number[]) => all.sort((one, next) => one - next)[Math.floor(all.length / 2)] ?? NaN
  return { received: middle(pairs.map((pair) => pair.received)), shown: middle(pairs.map((pair) => pair.shown)) }
}

const share = (sorted: number[], part: number) => sorted[Math.ceil(sorted.length * part) - 1] ?? NaN

for (const { where, far, most } of [
  { where: 'on a short way', far: false, most: 300 },
  { where: `over ${2 * WAY_MS} ms and with 2 % loss`, far: true, most: 1000 },
]) {
  test(`${BOTS} join within two seconds, and a browser again and again beside them, ${where}`, async ({ openAt, relay, line }) => {
    const lossy = far ? await line({ up: { delayMs: WAY_MS, loss: 0.02 }, down: { delayMs: WAY_MS, loss: 0.02 } }) : undefined
    const door = far ? await farDoor(relay.ports[0]) : undefined
    const address = door?.address()
    const from = typeof address === 'object' && address !== null ? relay.at(address.port) : relay
    const visit = (path: string) => openAt(from, path, { before: noteJoin, ...(lossy !== undefined && { through: lossy.port }), size: { width: 640, height: 360 } })

    const old = await visit('/api-docs')
    await old.evaluate(watchInSilence)
    await old.waitForFunction(() => window.steps.shown !== undefined)
    const before = await keyFramesAsked(old, relay)
    const page = await visit('/screen/demo')
    await page.waitForFunction(() => window.steps.shown !== undefined)
    const [joins, lags]: [Steps[], { received: number; shown: number }[]] = [[], []]
    let during = 0
    const bots = new Bots(relay, 20)
    for (let number = 0; number < JOINS; number += 1) {
      await page.evaluate(() => {
        window.steps = {}
        // As if it had been in the browser's cache of pages: its session is gone, and it joins anew.
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
      })
      await page.waitForFunction(() => window.steps.shown !== undefined, undefined, { polling: 100 })
      joins.push(await page.evaluate(() => window.steps))
      during = bots.watching < BOTS ? joins.length : during
      if (number % STAYS_EVERY === STAYS_EVERY - 1) {
        await page.waitForTimeout(STAYS_MS)
        lags.push(await behind(page, old))
      }
    }
    const reasons = [...(await keyFramesAsked(old, relay))].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)] as const).filter(([, count]) => count > 0)
    const asked = reasons.reduce((sum, [, count]) => sum + count, 0)
    const summary = await bots.summary()
    door?.close()
    const firsts = joins.map((steps) => (steps.shown ?? NaN) - (steps.POST ?? NaN))
    const sorted = [...firsts].sort((one, next) => one - next)
    const [middle, late] = [Math.round(share(sorted, 0.5)), Math.round(share(sorted, 0.95))]
    const spent = STEPS.slice(1).map((name, number) => {
      const took = joins.map((steps) => (steps[name] ?? NaN) - (steps[STEPS[number] ?? 'POST'] ?? NaN)).sort((one, next) => one - next)
      return `${name} ${Math.round(share(took, 0.5))}/${Math.round(share(took, 0.95))}`
    })
    const [received, shown] = [lags.map((lag) => Math.round(lag.received)), lags.map((lag) => Math.round(lag.shown))]
    const figures =
      `first picture of ${JOINS} joins after ${middle} ms in the middle, ${late} ms at the 95th of a hundred (${during} of them before all bots watched: ` +
      `${firsts.map(Math.round).join(' ')}; each step after the one before it, middle/95th: ${spent.join(', ')}); ${summary.viewers} bots watched, first packet after ${summary.firstPacketMs.p95} ms (95th), ${summary.lost} of ${summary.packets} packets lost; ` +
      `${asked} key frames asked of the source (${reasons.map(([reason, count]) => `${reason} ${count}`).join(', ')}); two seconds later pictures came ${received.join(', ')} ms later than to an old viewer, and were shown ${shown.join(', ')} ms later`
    test.info().annotations.push({ type: 'figures', description: figures })
    expect([summary.viewers, summary.refused, summary.failed], figures).toEqual([BOTS, 0, 0])
    expect(asked, figures).toBeLessThanOrEqual(2)
    expect(Math.max(...received.map(Math.abs)), figures).toBeLessThanOrEqual(50)
    // On a lossy way who is new has been seen to show pictures earlier than who is not, though they come to both at once.
    expect(Math.max(...shown.map((ms) => (far ? ms : Math.abs(ms)))), figures).toBeLessThanOrEqual(50)
    expect(late, figures).toBeLessThanOrEqual(most)
  })
}
