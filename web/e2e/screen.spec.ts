import { expect, test } from './fixtures'
import { changed, look, received } from './probe'

const SIZE = { width: 1920, height: 1080 }

test('the big screen shows the demonstration with its sound, and who is on air', async ({ open }) => {
  const page = await open('/screen/demo', { size: SIZE })
  const video = page.locator('video')
  await expect.poll(async () => (await received(page)).frames, { message: 'pictures' }).toBeGreaterThan(20)
  await expect(page.getByRole('status')).toHaveCount(0)
  const before = await look(video)
  expect(before.pixels.reduce((sum, value) => sum + value, 0) / before.pixels.length, 'not black').toBeGreaterThan(10)
  await expect.poll(async () => changed(before, await look(video)), { message: 'it moves' }).toBeGreaterThan(10)
  await expect.poll(async () => (await received(page)).energy, { message: 'sound' }).toBeGreaterThan(0.00001)
  expect(await page.locator('audio').evaluateAll((elements: HTMLAudioElement[]) => elements.some((element) => element.muted || element.paused))).toBe(false)
  await expect(page.getByLabel('正在播出')).not.toBeEmpty()
  await expect(page.getByRole('button')).toHaveCount(0)
})

test('the big screen comes back by itself within ten seconds after the relay was killed', async ({ open, relay }) => {
  const page = await open('/screen/demo', { size: SIZE, outage: true })
  await expect.poll(async () => (await received(page)).frames).toBeGreaterThan(20)
  await relay.kill()
  await expect(page.getByText('正在连接…')).toBeVisible({ timeout: 6000 })
  expect(await page.locator('h1').textContent(), 'the slate keeps the title').not.toBe('')
  const began = Date.now()
  await relay.up()
  await expect(page.getByRole('status')).toHaveCount(0)
  await expect.poll(async () => (await received(page)).frames, { intervals: [100] }).toBeGreaterThan(2)
  expect(Date.now() - began, 'milliseconds from the restart to a moving picture').toBeLessThan(10_000)
})
