/**
 * The archive on a machine without a network, and on one whose every way out is watched. `.ci/offline` unpacks it and runs this in a
 * network namespace of its own.
 *
 * First there is one link with an address, as in a server room without internet, and no route beyond it. (With a loopback
 * interface alone it works, too, but Chromium 156 then takes half a minute to gather its first candidate.) Then a default route
 * leads into the pit, the link's other end, which nobody reads: whoever wants to say something to the outside can, and is seen,
 * while without a route the kernel would refuse it unseen. A datagram of our own proves that the pit is watched.
 *
 * Counted is what anybody sends: the program, its leg's child process, Chromium and this test. Flags silence Chromium's own
 * errands (updates, name lookups, mDNS names of its candidates); they change nothing about what the program sends. What the kernel
 * says to its own link about IPv6 multicast and neighbours is nobody's message, and is left out.
 */
import { chromium, expect, test, type Page } from '@playwright/test'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { observe } from '../in-page'
import { changed, look, received } from '../probe'
import { Relay } from '../relay'

const UNPACKED = process.env.UNPACKED ?? ''

/** A documentation address (RFC 5737): nobody but this test would send there. */
const CANARY = '192.0.2.77'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--autoplay-policy=no-user-gesture-required',
  // Chromium's own errands, not the page's.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-domain-reliability',
  '--no-pings',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,MediaRouter,DialMediaRouteProvider',
]

interface Flow {
  from: string
  to: string
  protocol: string
  fromPort: number
  toPort: number
  packets: number
}

interface Captured {
  packets: number
  lost: number
  flows: Flow[]
}

/** Every packet that leaves any interface of this namespace. */
class Capture {
  #text = ''

  private constructor(readonly process: ChildProcess) {
    process.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()))
  }

  static async begin(): Promise<Capture> {
    const capture = new Capture(spawn('python3', [join(import.meta.dirname, 'capture.py')], { stdio: ['pipe', 'pipe', 'inherit'] }))
    await expect.poll(() => capture.#text, { message: 'the capture listens' }).toContain('ready\n')
    return capture
  }

  async end(): Promise<Captured> {
    const ended = new Promise((resolve) => this.process.once('close', resolve))
    this.process.stdin?.end()
    await ended
    return JSON.parse(this.#text.replace('ready\n', '')) as Captured
  }
}

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' })

/** A link with addresses; nobody is at its other end. */
function layLink(): void {
  ip('link', 'add', 'way', 'type', 'veth', 'peer', 'name', 'pit')
  for (const end of ['way', 'pit']) {
    // Without addresses that come by themselves seconds later: Chromium breaks off what it loads when a network changes.
    ip('link', 'set', end, 'addrgenmode', 'none')
    ip('link', 'set', end, 'up')
  }
  ip('address', 'add', '10.99.0.1/24', 'dev', 'way')
  ip('-6', 'address', 'add', 'fd99::1/64', 'dev', 'way', 'nodad')
}

/** Default routes over that link. Nothing is asked of neighbours: the gateways' hardware address is known. */
function openPit(): void {
  for (const [family, gateway] of [['-4', '10.99.0.254'], ['-6', 'fd99::fe']] as const) {
    ip(family, 'neighbour', 'add', gateway, 'lladdr', '02:00:00:00:00:fe', 'dev', 'way', 'nud', 'permanent')
    ip(family, 'route', 'add', 'default', 'via', gateway, 'dev', 'way')
  }
}

const say = (to: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.send('who hears this?', 53, to, (error) => {
      socket.close()
      if (error === null) resolve()
      else reject(error)
    })
  })

/** Starts what was unpacked, opens the demonstration in a browser, and sees it move. */
async function watch<T>(during: (relay: Relay, page: Page) => Promise<T>): Promise<T> {
  const relay = await Relay.start({ elsewhere: { program: join(UNPACKED, 'yunling'), pipelines: join(UNPACKED, 'gst-pipelines'), announce: ['127.0.0.1'] } })
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 720 }, locale: 'zh-CN' })
    const page = await context.newPage()
    await page.addInitScript(observe)
    await page.goto(`${relay.origin}/screen/demo`)
    const video = page.locator('video')
    await expect.poll(async () => (await received(page)).frames, { message: `pictures\n${relay.log}` }).toBeGreaterThan(20)
    const before = await look(video)
    expect(before.pixels.reduce((sum, value) => sum + value, 0) / before.pixels.length, 'not black').toBeGreaterThan(10)
    await expect.poll(async () => changed(before, await look(video)), { message: 'it moves' }).toBeGreaterThan(10)
    return await during(relay, page)
  } finally {
    await browser.close()
    await relay.stop()
  }
}

/** What is not a word between this machine's own loopback addresses and a port of the program. */
function strays({ flows }: Captured, ports: Set<number>): Flow[] {
  const loopback = (flow: Flow) => [flow.from, flow.to].every((address) => address.startsWith('127.') || address === '::1')
  const own = (flow: Flow) => loopback(flow) && (ports.has(flow.fromPort) || ports.has(flow.toPort))
  // On the loopback interface: that nobody listens any more where a browser was. On the link: multicast listener and neighbour
  // discovery (RFC 3810, RFC 4861), types 130 to 137 and 143.
  const refusal = (flow: Flow) => loopback(flow) && ((flow.protocol === 'icmp' && flow.fromPort === 3) || (flow.protocol === 'icmpv6' && flow.fromPort === 1))
  const discovery = (flow: Flow) => flow.protocol === 'icmpv6' && ((flow.fromPort >= 130 && flow.fromPort <= 137) || flow.fromPort === 143)
  const kernel = (flow: Flow) => refusal(flow) || discovery(flow)
  return flows.filter((flow) => !own(flow) && !kernel(flow))
}

test.describe.configure({ mode: 'serial' })

test('what was unpacked runs, shows the demonstration, and finds itself well where no route leads out', async () => {
  expect(Object.values(networkInterfaces()).flat().every((one) => one?.internal === true), 'a namespace of its own').toBe(true)
  layLink()
  expect(ip('-4', 'route', 'show', 'default') + ip('-6', 'route', 'show', 'default'), 'no way out').toBe('')
  expect(readFileSync(join(UNPACKED, 'DEPENDS.txt'), 'utf8')).toContain('gstreamer1.0-plugins-base\n')
  await watch(async (relay, page) => {
    const frames = (await received(page)).frames
    await expect.poll(async () => (await received(page)).frames - frames).toBeGreaterThan(20)
    // It looks at the settings of the server that runs, so it must know its ports again.
    const told = spawnDoctor(relay)
    const found = Object.fromEntries(told.findings.map((finding) => [finding.check, finding.mark]))
    expect(found).toMatchObject({ 'port.https': 'good', 'port.http': 'good', 'port.media': 'good', 'pipeline.demo': 'good', 'certificate.server': 'good' })
    expect(told.selftest?.pictures, 'the self-test saw its own picture').toBeGreaterThan(10)
  })
})

test('nothing is said to the outside although there is a way', async () => {
  openPit()
  const capture = await Capture.begin()
  await say(CANARY)
  const ports = await watch(async (relay, page) => {
    const frames = (await received(page)).frames
    await expect.poll(async () => (await received(page)).frames - frames, { message: 'some more seconds of picture' }).toBeGreaterThan(100)
    return new Set(relay.ports)
  })
  const captured = await capture.end()
  expect(captured.lost, 'the capture missed nothing').toBe(0)
  const seen = strays(captured, ports)
  expect(seen.some((flow) => flow.to === CANARY && flow.toPort === 53), 'the capture sees who talks to the outside').toBe(true)
  expect(seen.filter((flow) => flow.to !== CANARY)).toEqual([])
  const media = captured.flows.filter((flow) => flow.protocol === 'udp' && ports.has(flow.fromPort)).reduce((sum, flow) => sum + flow.packets, 0)
  expect(media, 'the picture went this way').toBeGreaterThan(100)
  const addresses = new Map<string, number>()
  for (const flow of captured.flows) addresses.set(flow.to, (addresses.get(flow.to) ?? 0) + flow.packets)
  process.stdout.write(`packets by address: ${[...addresses].map(([to, packets]) => `${to || 'no IP'} ${packets}`).join(', ')}\n`)
})

interface Told {
  findings: { check: string; mark: string }[]
  selftest: { pictures: number } | null
}

/** `yunling doctor` of what was unpacked. Its exit code is not asked: this machine may lack what a site has. */
function spawnDoctor(relay: Relay): Told {
  const words = ['doctor', '--json', '--seconds', '1', '--config', relay.settings]
  try {
    return JSON.parse(execFileSync(join(UNPACKED, 'yunling'), words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Told
  } catch (fault) {
    return JSON.parse((fault as { stdout: string }).stdout) as Told
  }
}
