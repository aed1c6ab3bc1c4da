import { expect, test } from './fixtures'
import { look, received } from './probe'

test('Firefox without H.264 says so on the big screen', async ({ openFirefox }) => {
  const page = await openFirefox('/screen/demo')
  await expect(page.getByText('本浏览器不能播放本会议的画面（H.264），声音正常')).toBeVisible()
})

test('Firefox sends VP8, which Chromium and another Firefox see', async ({ open, openFirefox }) => {
  const [first, second, watcher] = await Promise.all([openFirefox('/join/demo'), openFirefox('/join/demo'), open('/join/demo')])
  for (const [page, name] of [[first, 'firefox-1'], [second, 'firefox-2']] as const) {
    // Only keys of a keyboard reach React in this browser; text that is inserted changes the value behind its back.
    await page.getByLabel('会场或姓名').pressSequentially(name)
    await page.getByRole('button', { name: '进入会议', exact: true }).click()
  }
  await watcher.getByRole('button', { name: /仅观看/ }).click()
  for (const [page, name] of [[watcher, 'firefox-1'], [second, 'firefox-1'], [first, 'firefox-2']] as const) {
    const video = page.getByRole('figure', { name, exact: true }).locator('video')
    await expect.poll(async () => (await look(video)).pixels.some((value) => value > 40), { message: `a picture of ${name}` }).toBe(true)
    const decoded = (await received(page)).frames
    await expect.poll(async () => (await received(page)).frames - decoded, { message: `${name} moves` }).toBeGreaterThan(20)
  }
})
