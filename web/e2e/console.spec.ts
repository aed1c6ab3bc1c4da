import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, OPERATOR_PASSWORD, PHONE, twice, WIDE } from './people'
import { changed, look } from './probe'

const TONE = { colour: '#d01818', hertz: 2600 }
const PIN = '260411'

test('an operator locks the console in a meeting, which goes on, and unlocks it with a PIN', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(180_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const venue = String((await ask(operator, '/api/venues', { name: '一楼会议室' })).id)
  const code = String((await ask(operator, '/api/devices', { name: '一楼会议室', kind: 'room', venue })).code)
  const room = await openAt(bareRelay, '/pair', { source: TONE, outage: true })
  await expect(room.getByRole('heading', { name: '配对本机' })).toBeVisible()
  await room.keyboard.type(code)
  await expect(room).toHaveURL(/\/room\//)
  const starts = Date.now()
  const meeting = String((await ask(operator, '/api/meetings', { title: '全县防汛调度会议', startsAtMs: starts, endsAtMs: starts + 7_200_000, kind: 'own', codec: 'h264', venues: [venue] })).id)
  await ask(operator, `/api/meetings/${meeting}/open`, {})

  // The PIN is set on the own page, with the password.
  await go(operator, '我的账号')
  const card = operator.getByRole('region', { name: '解锁 PIN 码' })
  await card.getByLabel('登录密码').fill(OPERATOR_PASSWORD)
  await card.getByLabel(/新的 PIN 码/).fill(PIN)
  await card.getByLabel('再输入一次 PIN 码').fill(PIN)
  await card.getByRole('button', { name: '设置 PIN 码' }).click()
  await expect(card.getByText(/已设置 PIN 码/)).toBeVisible()
  await shot(operator, '01-pin')

  await go(operator, '值班台')
  await expect(operator.getByRole('heading', { name: '全县防汛调度会议' })).toBeVisible()
  await twice(operator, /上会（画面和声音）/)
  const preview = operator.getByLabel('节目画面预览')
  await expect.poll(async () => (await look(preview)).red, { message: 'the preview shows the room' }).toBeGreaterThan(120)
  await expect(room.getByText('本会场话筒已打开')).toBeVisible()

  await operator.getByRole('button', { name: '锁定控制台' }).click()
  const bar = operator.getByRole('region', { name: '控制台已锁定' })
  await expect(bar).toBeVisible()
  await shot(operator, '02-locked')
  await operator.setViewportSize(PHONE)
  await shot(operator, '02-locked-telephone')
  await operator.setViewportSize(WIDE)

  // Picture and microphone go on; no key and no request changes anything.
  const before = await look(preview)
  await expect.poll(async () => changed(before, await look(preview)), { message: 'the preview moves' }).toBeGreaterThan(50)
  await bar.getByRole('button', { name: '改用登录密码' }).focus()
  await operator.keyboard.press('F2')
  const refused = await operator.evaluate(async (path) => (await fetch(path, { method: 'POST' })).status, `/api/meetings/${meeting}/microphones/close-all`)
  expect(refused, 'a page that doesn’t know it is locked is refused by the server').toBe(423)
  await expect(room.getByText('本会场话筒已打开')).toBeVisible()
  // Whoever looks reads on: other pages open.
  await go(operator, '会议')
  await expect(operator.getByRole('heading', { name: '会议', exact: true })).toBeVisible()
  await go(operator, '值班台')
  await operator.reload()
  await expect(bar, 'a page opened anew is as locked').toBeVisible()

  // By keyboard alone.
  await expect(bar.getByLabel('PIN 码')).toBeFocused()
  await operator.keyboard.type('111111')
  await operator.keyboard.press('Enter')
  await expect(bar.getByText(/不正确/)).toBeVisible()
  await shot(operator, '03-wrong')
  await bar.getByLabel('PIN 码').fill(PIN)
  await operator.keyboard.press('Enter')
  await expect(bar).toHaveCount(0)
  await operator.keyboard.press('F2')
  await expect(room.getByText('本会场话筒已关闭'), 'unlocked, the keys work again').toBeVisible()
})
