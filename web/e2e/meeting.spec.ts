import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { changed, look, loudness, received } from './probe'

// Neither tone is near the demonstration's own chime (440 and 660 Hz).
const RED = { colour: '#d01818', hertz: 2600 }
const BLUE = { colour: '#1830d0', hertz: 3500 }
const HEARD_DB = -50

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel('会场或姓名').fill(name)
  await page.getByRole('button', { name: '进入会议', exact: true }).click()
  await expect(page.getByText('本会场话筒已关闭')).toBeVisible()
}

const tile = (page: Page, name: string) => page.getByRole('figure', { name, exact: true })

/** A picture is there, of this colour where nothing moves, and it goes on moving. */
async function expectPicture(page: Page, name: string, of: (seen: { red: number; green: number; blue: number }) => boolean): Promise<void> {
  const video = tile(page, name).locator('video')
  await expect.poll(async () => of(await look(video)), { message: `${name} in its own colour` }).toBe(true)
  const before = await look(video)
  const decoded = (await received(page)).frames
  await expect.poll(async () => changed(before, await look(video)), { message: `${name} moves` }).toBeGreaterThan(50)
  await expect.poll(async () => (await received(page)).frames - decoded).toBeGreaterThan(10)
}

test('two desks see and hear each other through the relay, each microphone only while it is open', async ({ open }) => {
  const [red, blue] = await Promise.all([open('/join/demo', { source: RED }), open('/join/demo', { source: BLUE })])
  await Promise.all([enter(red, '红色会场'), enter(blue, '蓝色会场')])
  await Promise.all([
    expectPicture(red, '蓝色会场', (seen) => seen.blue > 120 && seen.blue > 2 * seen.red),
    expectPicture(blue, '红色会场', (seen) => seen.red > 120 && seen.red > 2 * seen.blue),
  ])

  await expect(tile(red, '蓝色会场').getByRole('img', { name: '话筒已关闭' })).toBeVisible()
  expect(await loudness(red, BLUE.hertz)).toBeLessThan(HEARD_DB)
  await blue.getByRole('button', { name: '打开本会场话筒' }).click()
  await expect(blue.getByText('本会场话筒已打开')).toBeVisible()
  await expect(tile(red, '蓝色会场').getByRole('img', { name: '话筒已打开' })).toBeVisible()
  await expect.poll(() => loudness(red, BLUE.hertz), { message: 'red hears blue' }).toBeGreaterThan(HEARD_DB)
  expect(await loudness(blue, BLUE.hertz), 'nobody hears himself').toBeLessThan(HEARD_DB)
  await red.getByRole('button', { name: '打开本会场话筒' }).click()
  await expect.poll(() => loudness(blue, RED.hertz), { message: 'blue hears red' }).toBeGreaterThan(HEARD_DB)

  await blue.getByRole('button', { name: '关闭本会场话筒' }).click()
  await expect(tile(red, '蓝色会场').getByRole('img', { name: '话筒已关闭' })).toBeVisible()
  await expect.poll(() => loudness(red, BLUE.hertz), { message: 'a closed microphone is silent' }).toBeLessThan(HEARD_DB)

  await blue.getByRole('button', { name: '离开会议' }).click()
  await blue.getByRole('button', { name: '确认离开' }).click()
  await expect(blue.getByText('您已离开会议')).toBeVisible()
  await expect(tile(red, '蓝色会场')).toHaveCount(0)
})

test('the status page shows who is there, and moves', async ({ open }) => {
  const [desk, status] = await Promise.all([open('/join/demo', { source: RED }), open('/status', { size: { width: 1440, height: 900 } })])
  await enter(desk, '状态会场')
  const row = status.getByRole('row', { name: /状态会场.*发送.*正常/ })
  await expect(row).toBeVisible()
  const rate = row.getByRole('cell').nth(4)
  await expect.poll(() => rate.textContent()).toMatch(/[1-9]\d* kb\/s|[\d.]+ Mb\/s/)
  const first = await rate.textContent()
  await expect.poll(() => rate.textContent()).not.toBe(first)
  await expect(status.getByRole('row', { name: /状态会场.*观看/ })).toBeVisible()
  await desk.close()
  await expect(row).toHaveCount(0)
})

test('a desk whose media find no way claims neither a good network nor closed cameras', async ({ open }) => {
  const [red, lost] = await Promise.all([open('/join/demo', { source: RED }), open('/join/demo', { source: BLUE, cutOff: true })])
  await Promise.all([enter(red, '红色会场'), enter(lost, '隔断会场')])
  await expect(tile(lost, '红色会场').getByText('正在连接…')).toBeVisible()
  await expect(lost.locator('footer').getByText('正在连接…')).toBeVisible()
  await expect(lost.getByText(/网络良好|摄像头已关闭|主会场尚未播出画面/)).toHaveCount(0)
})

test('a page without a secure connection says why it can not use the camera, and can still watch', async ({ open }) => {
  const page = await open('/join/demo', { insecure: true })
  await expect(page.getByRole('heading', { name: '当前连接不安全，浏览器不允许使用摄像头和话筒' })).toBeVisible()
  await expect(page.getByRole('link', { name: '查看根证书安装说明' })).toHaveAttribute('href', /^http:/)
  await page.getByRole('button', { name: /仅观看/ }).click()
  await expect.poll(async () => (await received(page)).frames).toBeGreaterThan(20)
})

test('the plain page explains the root certificate and hands it out', async ({ relay, request }) => {
  const page = await request.get(`${relay.plainOrigin}/`)
  expect(await page.text()).toContain('根证书')
  expect((await request.get(`${relay.plainOrigin}/ca.crt`)).ok()).toBe(true)
})
