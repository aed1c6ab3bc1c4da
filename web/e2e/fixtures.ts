import { test as base, chromium, expect, firefox, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { existsSync } from 'node:fs'
import { beByTcp, beCutOff, beInsecure, beSource, beThrough, observe, type Source } from './in-page'
import { Line, type Ways } from './line'
import { Relay } from './relay'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream=fps=15',
  '--use-fake-ui-for-media-stream',
]

export interface Visitor {
  /** The time zone its clock is set to; the machine's if left out. */
  zone?: string
  /** Camera and microphone to be recognised by. */
  source?: Source
  insecure?: boolean
  /** Its media find no way to the relay. */
  cutOff?: boolean
  /** Nothing but TCP comes through to the relay. */
  byTcp?: boolean
  /** They go by this port of a line in front of the relay. */
  through?: number
  /** Faults of the network are part of the test. */
  outage?: boolean
  size?: { width: number; height: number }
  /** Runs in the page before anything of its own. */
  before?: () => void
}

interface Fixtures {
  relay: Relay
  /** Opens a page in Chromium, in a context of its own. Whatever it complains about fails the test. */
  open: (path: string, visitor?: Visitor) => Promise<Page>
  openFirefox: (path: string) => Promise<Page>
  /** Puts a line in front of the relay's media, for visitors that go through it. */
  line: (ways: Ways) => Promise<Line>
  /** How long the pieces of a running recording are on such a server. */
  pieceSeconds: number
  /** A server of its own without demonstration: nobody is known to it but its first administrator. */
  bareRelay: Relay
  /** As `open`, on a given server. */
  openAt: (relay: Door, path: string, visitor?: Visitor) => Promise<Page>
}

/** Where a server's pages are. */
type Door = Pick<Relay, 'origin'>


interface Shared {
  chrome: Browser
  sharedRelay: Relay
  fox: Browser
}

export const test = base.extend<Fixtures, Shared>({
  chrome: [
    async ({}, use) => {
      const browser = await chromium.launch({ executablePath: program(['/usr/bin/chromium', '/usr/bin/google-chrome']), args: [...FLAGS, '--autoplay-policy=no-user-gesture-required'] })
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  fox: [
    async ({}, use) => {
      const browser = await firefox.launch({
        channel: 'moz-firefox',
        executablePath: program(['/usr/bin/firefox-esr']),
        firefoxUserPrefs: {
          'media.navigator.streams.fake': true,
          'media.navigator.permission.disabled': true,
          'media.autoplay.default': 0,
          'media.autoplay.blocking_policy': 0,
          'media.peerconnection.ice.loopback': true,
          'media.peerconnection.ice.obfuscate_host_addresses': false,
        },
      })
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  sharedRelay: [
    async ({}, use) => {
      const relay = await Relay.start()
      await use(relay)
      await relay.stop()
    },
    { scope: 'worker' },
  ],
  relay: async ({ sharedRelay }, use, info) => {
    await use(sharedRelay)
    if (info.status !== info.expectedStatus) await info.attach('relay.log', { body: warnings(sharedRelay.log), contentType: 'text/plain' })
  },
  line: async ({ relay }, use) => {
    const lines: Line[] = []
    await use(async (ways) => {
      const line = await Line.before(relay.ports[2], ways)
      lines.push(line)
      return line
    })
    for (const line of lines) line.close()
  },
  open: async ({ openAt, relay }, use) => use((path, visitor) => openAt(relay, path, visitor)),
  pieceSeconds: [64, { option: true }],
  bareRelay: async ({ pieceSeconds }, use, info) => {
    const relay = await Relay.start({ demo: false, pieceSeconds })
    await use(relay)
    if (info.status !== info.expectedStatus) await info.attach('relay.log', { body: warnings(relay.log), contentType: 'text/plain' })
    await relay.stop()
  },
  openAt: async ({ chrome }, use, info) => {
    const watched: Watched[] = []
    await use(async (relay, path, visitor = {}) => {
      const context = await chrome.newContext({ ignoreHTTPSErrors: true, viewport: visitor.size ?? { width: 1280, height: 720 }, locale: 'zh-CN', ...(visitor.zone !== undefined && { timezoneId: visitor.zone }) })
      const entry = watch(context, relay, visitor.outage === true, !/^\/(join|screen|room|pair)/.test(path))
      watched.push(entry)
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      await page.addInitScript(observe)
      if (visitor.source !== undefined) await page.addInitScript(beSource, visitor.source)
      if (visitor.insecure === true) await page.addInitScript(beInsecure)
      if (visitor.cutOff === true) await page.addInitScript(beCutOff)
      if (visitor.byTcp === true) await page.addInitScript(beByTcp)
      if (visitor.through !== undefined) await page.addInitScript(beThrough, visitor.through)
      if (visitor.before !== undefined) await page.addInitScript(visitor.before)
      await page.goto(relay.origin + path)
      return page
    })
    if (info.status !== info.expectedStatus) for (const page of watched.flatMap(({ context }) => context.pages())) process.stderr.write(await seen(page))
    for (const { context, complaints, outage, panel } of watched) {
      for (const page of context.pages()) complaints.push(...(await page.evaluate(() => window.violations)))
      await context.close()
      expect(complaints.filter((line) => !(panel && MEASURES_SCROLLBAR.test(line))).filter((line) => !outage || !/ERR_CONNECTION|WebSocket|Failed to load resource/.test(line))).toEqual([])
    }
  },
  openFirefox: async ({ fox, relay }, use) => {
    const contexts: BrowserContext[] = []
    await use(async (path) => {
      const context = await fox.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 720 }, locale: 'zh-CN', colorScheme: null, reducedMotion: null, forcedColors: null, contrast: null })
      contexts.push(context)
      const page = await context.newPage()
      await page.addInitScript(observe)
      await page.goto(relay.origin + path)
      return page
    })
    for (const context of contexts) await context.close()
  },
})

/** antd measures a scrollbar with a style of its own that has no nonce; it is refused, and nothing depends on it. */
const MEASURES_SCROLLBAR = /^(Applying inline style violates .*\/assets\/admin-|style-src-elem inline)/

interface Watched {
  context: BrowserContext
  complaints: string[]
  outage: boolean
  panel: boolean
}

/** What a page says of itself where a test failed: its dialogs, what went wrong, its end. */
async function seen(page: Page): Promise<string> {
  const texts = await page.locator('[role=dialog], [role=alert], main').allInnerTexts().catch(() => [])
  return [`${page.url()} says:`, ...texts.map((text) => text.slice(-600)), ''].join('\n')
}

/** Notes every request to another origin and every error a page reports. */
function watch(context: BrowserContext, relay: Door, outage: boolean, panel: boolean): Watched {
  const complaints: string[] = []
  const own = new URL(relay.origin).host
  context.on('request', (request) => {
    const address = new URL(request.url())
    if (!['data:', 'blob:'].includes(address.protocol) && address.host !== own) complaints.push(`request to ${request.url()}`)
  })
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`)
  })
  context.on('weberror', (fault) => complaints.push(fault.error().message))
  return { context, complaints, outage, panel }
}

/** What a relay complained of, else its last words: a report shows only the first of it. */
const warnings = (log: string): string => log.split('\n').filter((line) => /WARN|ERROR|panicked/.test(line)).slice(-20).join('\n') || log.slice(-2000)

const program = (paths: string[]): string => paths.find((path) => existsSync(path)) ?? paths[0] ?? ''

export { expect }
