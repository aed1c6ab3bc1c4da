import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { beUnreporting } from './in-page'
import { lookAt, received, suffered } from './probe'

// A picture that no encoder makes small.
const RESTLESS = { colour: '#d01818', hertz: 2600, restless: true }

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel('会场或姓名').fill(name)
  await page.getByRole('button', { name: '进入会议', exact: true }).click()
  await expect(page.getByText('本会场话筒已关闭')).toBeVisible()
}

test('a desk with a narrow line to the relay learns what it bears, and neither loses nor queues its picture', async ({ open, line }) => {
  const narrow = await line({ up: { kbps: 800, queueMs: 1000, delayMs: 20 }, down: { delayMs: 20 } })
  const desk = await open('/join/demo', { source: RESTLESS, through: narrow.port })
  await enter(desk, '窄带会场')
  await expect.poll(() => narrow.up.bytes, { message: 'bytes on the narrow line' }).toBeGreaterThan(1_000_000)
  const before = await received(desk)
  await expect.poll(async () => (await received(desk)).frames - before.frames, { message: 'what comes down goes on' }).toBeGreaterThan(30)

  const queued = [...narrow.up.queuedMs].sort((one, other) => one - other)
  const [middle, late] = [0.5, 0.95].map((share) => Math.round(queued[Math.floor((queued.length - 1) * share)] ?? 0))
  const { passed, dropped } = narrow.up
  const figures = `${middle} ms queued in the middle, ${late} ms at the 95th of a hundred; ${dropped} packets dropped beside ${passed}`
  test.info().annotations.push({ type: 'figures', description: figures })
  // Without reports of arrivals a browser fills this queue to its brim: 940 ms, and four packets dropped beside five.
  expect(dropped / passed, figures).toBeLessThan(0.05)
  expect(middle, figures).toBeLessThan(500)
})

test('a screen behind a narrow line keeps its sound, says that the picture is paused, and shows it again when the line bears it', async ({ open, line }) => {
  const narrow = await line({ down: { kbps: 250, queueMs: 300, delayMs: 20 }, up: { delayMs: 20 } })
  const screen = await open('/screen/demo', { through: narrow.port, size: { width: 1920, height: 1080 } })
  await expect(screen.getByText(/网络带宽不足或服务器繁忙，画面已暂停，声音正常/)).toBeVisible()
  const [passed, dropped, before] = [narrow.down.passed, narrow.down.dropped, await received(screen)]
  await expect.poll(async () => (await received(screen)).packets - before.packets, { message: 'sound goes on' }).toBeGreaterThan(200)
  const after = await received(screen)
  expect(after.energy, 'sound is heard').toBeGreaterThan(before.energy)
  const figures = `${narrow.down.dropped - dropped} packets dropped beside ${narrow.down.passed - passed}`
  test.info().annotations.push({ type: 'figures', description: figures })
  expect((narrow.down.dropped - dropped) / (narrow.down.passed - passed), figures).toBeLessThan(0.1)

  narrow.down.way = { delayMs: 20 }
  await expect(screen.getByText(/网络带宽不足/)).toHaveCount(0)
  const shown = (await received(screen)).frames
  await expect.poll(async () => (await received(screen)).frames - shown, { message: 'the picture is back' }).toBeGreaterThan(30)
})

// It states the most its way bears instead (REMB), by which the picture is paused now and then tried again.
test('a player behind a narrow line that can’t report arrivals is told that its picture is paused', async ({ open, line }) => {
  const narrow = await line({ down: { kbps: 250, queueMs: 300, delayMs: 20 }, up: { delayMs: 20 } })
  const screen = await open('/screen/demo', { through: narrow.port, size: { width: 1920, height: 1080 }, before: beUnreporting })
  await expect(screen.getByText(/网络带宽不足或服务器繁忙，画面已暂停，声音正常/)).toBeVisible()
  const before = await received(screen)
  await expect.poll(async () => (await received(screen)).packets - before.packets, { message: 'sound goes on' }).toBeGreaterThan(200)
  expect((await received(screen)).energy, 'sound is heard').toBeGreaterThan(before.energy)
})

for (const lost of [2, 5]) {
  test(`picture and sound go on where ${lost} of a hundred packets are lost both ways, at 60 ms`, async ({ open, line }) => {
    const way = { loss: lost / 100, delayMs: 30 }
    const lossy = await line({ up: way, down: way })
    const screen = await open('/screen/demo', { through: lossy.port, size: { width: 1920, height: 1080 } })
    await expect.poll(async () => (await received(screen)).frames, { message: 'a first picture' }).toBeGreaterThan(0)
    const before = await suffered(screen)
    await expect.poll(async () => (await suffered(screen)).frames - before.frames, { message: 'pictures' }).toBeGreaterThan(400)
    const after = await suffered(screen)
    const figures = `${after.frames - before.frames} pictures, ${after.freezes - before.freezes} times frozen for ${(after.frozen - before.frozen).toFixed(1)} s in all; ${after.repaired - before.repaired} packets sent again; ${((100 * (after.concealed - before.concealed)) / (after.samples - before.samples)).toFixed(1)} % of the sound made up`
    test.info().annotations.push({ type: 'figures', description: figures })
    // Losses at random are no narrow line: nothing is held back.
    await expect(screen.getByText(/网络带宽不足/)).toHaveCount(0)
    expect(after.repaired - before.repaired, figures).toBeGreaterThan(0)
    expect((after.concealed - before.concealed) / (after.samples - before.samples), figures).toBeLessThan(0.2)
  })
}

test('a desk whose firewall lets no UDP through sends and sees by TCP', async ({ open }) => {
  const desk = await open('/join/demo', { source: RESTLESS, byTcp: true })
  await enter(desk, '仅有TCP的会场')
  const other = await open('/status')
  await lookAt(other, 'demo', '仅有TCP的会场')
  const seen = async (page: Page) => (await received(page)).frames
  const before = [await seen(desk), await seen(other)] as const
  await expect.poll(async () => (await seen(desk)) - before[0], { message: 'what comes down goes on' }).toBeGreaterThan(60)
  await expect.poll(async () => (await seen(other)) - before[1], { message: 'and so does what goes up' }).toBeGreaterThan(60)
  const figures = await suffered(desk)
  test.info().annotations.push({ type: 'figures', description: `by TCP: ${figures.frames} pictures, frozen ${figures.freezes} times for ${figures.frozen.toFixed(1)} s` })
  expect((await received(desk)).energy, 'sound is heard').toBeGreaterThan(0)
})
