import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, logIn, OPERATOR_PASSWORD, PHONE, SCREEN, WIDE } from './people'

const TONE = { colour: '#d01818', hertz: 2600 }

test('venues are called, answered for and put on the sheet by keyboard alone, one microphone at a time', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(240_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: name.includes('telephone') })
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()

  const venues = ['county']
  for (const name of ['通泉街道', '马过河镇', '旧县街道']) venues.push(String((await ask(operator, '/api/venues', { name })).id))
  const room = async (venue: string | undefined) => {
    const { code } = await ask(operator, '/api/devices', { name: '会场机', kind: 'room', venue })
    const page = await openAt(bareRelay, '/pair', { size: SCREEN, source: TONE, outage: true })
    await expect(page.getByRole('heading', { name: '配对本机' })).toBeVisible()
    await page.keyboard.type(String(code))
    await expect(page).toHaveURL(/\/room\//)
    return page
  }
  const [tongquan, maguohe] = [await room(venues[1]), await room(venues[2])]
  const starts = Date.now()
  const plan = { title: '全县防汛调度会议', startsAtMs: starts, endsAtMs: starts + 7_200_000, kind: 'own', codec: 'h264', venues }
  const meeting = String((await ask(operator, '/api/meetings', plan)).id)

  // Before the meeting there is a list and no microphone.
  await operator.reload()
  await operator.getByRole('link', { name: '会前点名' }).press('Enter')
  await expect(operator.getByRole('button', { name: /开始点名/ })).toBeFocused()
  await shot(operator, '01-before')
  await ask(operator, `/api/meetings/${meeting}/open`, {})
  for (const page of [tongquan, maguohe]) await expect(page.getByText('本会场话筒已关闭')).toBeVisible()

  await operator.keyboard.press('Enter')
  const row = (name: string) => operator.getByRole('listitem', { name })
  await expect(row('通泉街道')).toBeFocused()
  await operator.keyboard.press('F5')
  await expect(operator.getByRole('status').getByText('通泉街道')).toBeVisible()
  await expect(tongquan.getByText('本会场话筒已打开')).toBeVisible()
  await expect(maguohe.getByText('本会场话筒已关闭')).toBeVisible()
  await expect(operator.getByText(/秒后自动关闭/)).toBeVisible()
  await expect(maguohe.getByText('正在点名：通泉街道')).toBeVisible()
  await expect(maguohe.locator('.screen-figures-over')).toContainText('应到3到0缺0故障0未点3')
  await maguohe.screenshot({ path: info.outputPath('02-screen.png') })
  await shot(operator, '02-calling')
  await operator.keyboard.press('1')
  await expect(row('通泉街道').getByText('到', { exact: true })).toBeVisible()
  await expect(tongquan.getByText('本会场话筒已关闭')).toBeVisible()

  // Enter calls the row that the keyboard came to; the next call closes the one before.
  await expect(row('马过河镇')).toBeFocused()
  await operator.keyboard.press('Enter')
  await expect(maguohe.getByText('本会场话筒已打开')).toBeVisible()
  // A key counts once the page has heard what came of the one before.
  await expect(operator.getByRole('status').getByText('马过河镇')).toBeVisible()
  await expect(operator.getByText('话筒已打开，其他分会场的话筒已关闭')).toBeVisible()
  await operator.keyboard.press('F5')
  await expect(operator.getByText('会场没有接入，话筒没有打开')).toBeVisible()
  await expect(maguohe.getByText('本会场话筒已关闭')).toBeVisible()
  await shot(operator, '03-not-connected')
  await operator.keyboard.press('2')
  await expect(row('旧县街道').getByText('缺', { exact: true })).toBeVisible()
  // Nobody comes after it: the one above that has not answered is chosen.
  await expect(row('马过河镇')).toBeFocused()
  await operator.keyboard.press('ArrowUp')
  await expect(row('通泉街道')).toBeFocused()
  await operator.keyboard.press('ArrowDown')
  await expect(row('马过河镇')).toBeFocused()
  await operator.keyboard.press('3')
  await operator.keyboard.press('4')
  await expect(operator.getByLabel('马过河镇的说明')).toBeFocused()
  await operator.keyboard.type('没有声音，正在抢修')
  await operator.keyboard.press('Enter')
  await expect(row('马过河镇').getByText('没有声音，正在抢修')).toBeVisible()
  await expect(row('马过河镇')).toBeFocused()
  await shot(operator, '04-answered')
  await operator.setViewportSize(PHONE)
  await shot(operator, '04-answered-telephone')
  await operator.setViewportSize(WIDE)

  await operator.keyboard.press('0')
  await expect(operator.getByRole('button', { name: /再按一次确认：结束点名/ })).toBeFocused()
  // Paces: a second press that comes at once is taken for a slip.
  await operator.waitForTimeout(400)
  await operator.keyboard.press('Enter')
  const sheet = operator.getByRole('region', { name: '会前点名表' })
  await expect(sheet.getByRole('row', { name: /马过河镇 故障 没有声音，正在抢修/ })).toBeVisible()
  await expect(maguohe.locator('.screen-figures'), 'it is over').toHaveCount(0)
  await expect(sheet.getByText('应到 3，到 1，缺 1，故障 1，未点 0')).toBeVisible()
  await shot(operator, '05-sheet')
  await operator.emulateMedia({ media: 'print' })
  await operator.pdf({ path: info.outputPath('sheet.pdf'), preferCSSPageSize: true })
  await shot(operator, '06-paper')
  await operator.emulateMedia({ media: null })
  await operator.setViewportSize(PHONE)
  await shot(operator, '05-sheet-telephone')
  await operator.setViewportSize(WIDE)

  // Called once more and left alone: the server closes the microphone by itself.
  await operator.keyboard.press('F5')
  await expect(row('通泉街道')).toBeFocused()
  await operator.keyboard.press('F5')
  await expect(tongquan.getByText('本会场话筒已打开')).toBeVisible()
  await expect(tongquan.getByText('本会场话筒已关闭'), 'nobody answers').toBeVisible({ timeout: 70_000 })
  await expect(operator.getByText('60 秒没有登记应答，服务器已关闭话筒')).toBeVisible()
  await shot(operator, '07-unanswered')
})
