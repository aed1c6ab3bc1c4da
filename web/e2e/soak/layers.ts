/**
 * A desk that sends several sizes to viewers on a wide and a narrow line. It is none of the gate's: what a browser does with its sizes
 * in its first seconds differs from machine to machine, and it takes a minute.
 */
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures'
import { layersSent, lookAt, newestPicture } from '../probe'

// A picture that no encoder makes small.
const RESTLESS = { colour: '#d01818', hertz: 2600, restless: true }

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel('会场或姓名').fill(name)
  await page.getByRole('button', { name: '进入会议', exact: true }).click()
  await expect(page.getByText('本会场话筒已关闭')).toBeVisible()
}

test('a desk sends its picture in several sizes, a narrow line gets a small one, and what nobody needs is not sent', async ({ open, line }) => {
  const narrow = await line({ down: { kbps: 900, queueMs: 300, delayMs: 20 }, up: { delayMs: 20 } })
  const desk = await open('/join/demo', { source: { ...RESTLESS, size: [1280, 720] } })
  await enter(desk, '多层会场')
  const [wide, poor] = await Promise.all([open('/status'), open('/status', { through: narrow.port })])
  await lookAt(wide, 'demo', '多层会场')
  const frames = async (layer: string) => (await layersSent(desk))[layer]?.frames ?? 0
  const large = () => frames('h')
  const idle = await large()
  await expect.poll(async () => (await large()) - idle, { message: 'the largest is sent once somebody needs it' }).toBeGreaterThan(20)
  // A browser may make even its largest size smaller than the camera's: what counts is that it arrives as it is sent.
  const arrives = async () => {
    const [shown, sent] = [await newestPicture(wide), await layersSent(desk)]
    return `${shown.width} of ${sent.h?.width}, ${sent.m?.width} and ${sent.l?.width} pixels, limited by ${sent.h?.limit}`
  }
  await expect.poll(arrives, { message: 'and arrives on the wide line' }).toMatch(/^(\d+) of \1, /)
  const sent = await layersSent(desk)
  expect(Object.keys(sent).sort(), 'three sizes').toEqual(['h', 'l', 'm'])

  await lookAt(poor, 'demo', '多层会场')
  const isSmall = async ({ width }: { width: number }) => width > 0 && width < ((await layersSent(desk)).h?.width ?? 0)
  await expect.poll(async () => await isSmall(await newestPicture(poor)), { message: 'a smaller picture on the narrow line' }).toBe(true)
  const before = (await newestPicture(poor)).frames
  await expect.poll(async () => (await newestPicture(poor)).frames - before, { message: 'and it goes on' }).toBeGreaterThan(60)
  const [small, whole] = [await newestPicture(poor), await newestPicture(wide)]
  const figures = `${small.width} pixels wide through 900 kb/s, ${whole.width} beside it`
  test.info().annotations.push({ type: 'figures', description: figures })
  expect(small.width, figures).toBeLessThan(whole.width)

  await wide.close()
  // Told five seconds after the last one who needed it.
  await expect.poll(async () => {
    const [largest, smallest] = [await large(), await frames('l')]
    await desk.waitForTimeout(1500)
    return [(await large()) === largest, (await frames('l')) > smallest]
  }, { message: 'the largest is not sent any more, the smallest is' }).toEqual([true, true])
})
