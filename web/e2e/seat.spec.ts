import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, LEADER_PASSWORD, logIn, OPERATOR_PASSWORD, PHONE, SCREEN, WIDE } from './people'

const TONE = { colour: '#d01818', hertz: 2600 }
const PIN = '260411'

test('a leader’s seat is paired, asks for the PIN, and then for one button', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(180_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const first = async (login: string, name: string, role: string) => String((await ask(admin, '/api/accounts', { login, name, roles: [role] })).oneTimePassword)
  const [once, hers] = [await first('liwei', '李伟', 'operator'), await first('zhangmin', '张敏', 'leader')]

  // The leader logs in once and sets the PIN.
  const leader = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(leader, 'zhangmin', hers)
  await changeFirst(leader, hers, LEADER_PASSWORD)
  await go(leader, '我的账号')
  const card = leader.getByRole('region', { name: '解锁 PIN 码' })
  await card.getByLabel('登录密码').fill(LEADER_PASSWORD)
  await card.getByLabel(/新的 PIN 码/).fill(PIN)
  await card.getByLabel('再输入一次 PIN 码').fill(PIN)
  await card.getByRole('button', { name: '设置 PIN 码' }).click()
  await expect(card.getByText(/已设置 PIN 码/)).toBeVisible()

  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const venue = String((await ask(operator, '/api/venues', { name: '县长办公室' })).id)
  await operator.reload()
  await go(operator, '设备')
  await operator.getByRole('button', { name: '添加设备' }).click()
  await operator.getByRole('radio', { name: /领导座席/ }).click()
  await operator.getByLabel('领导的账号名').fill('zhangmin')
  await operator.getByRole('combobox', { name: '所在会场' }).click()
  await operator.getByTitle('县长办公室').click()
  await shot(operator, '01-new-seat')
  await operator.getByRole('button', { name: '生成配对号码' }).click()
  const code = ((await operator.getByRole('status', { name: '在设备上输入这个号码' }).textContent()) ?? '').replace(/\D/g, '')
  expect(code).toHaveLength(8)

  const seat = await openAt(bareRelay, '/pair', { size: SCREEN, source: TONE, outage: true })
  await expect(seat.getByRole('heading', { name: '配对本机' })).toBeVisible()
  await seat.keyboard.type(code)
  await expect(seat).toHaveURL(/\/seat$/)
  await expect(seat.getByRole('heading', { name: '张敏 · 领导座席' })).toBeVisible()
  await shot(seat, '02-idle')

  const starts = Date.now()
  const plan = { title: '全县防汛调度会议', startsAtMs: starts, endsAtMs: starts + 7_200_000, kind: 'own', codec: 'h264', venues: [venue] }
  const meeting = String((await ask(operator, '/api/meetings', plan)).id)
  await ask(operator, `/api/meetings/${meeting}/open`, {})
  await expect(seat.getByRole('heading', { name: '全县防汛调度会议' })).toBeVisible()
  await expect(seat.getByLabel('请张敏输入 PIN 码')).toBeFocused()
  await shot(seat, '03-pin')
  for (const [name, size] of [['desk', WIDE], ['telephone', PHONE]] as const) {
    await seat.setViewportSize(size)
    await shot(seat, `03-pin-${name}`)
  }
  await seat.setViewportSize(WIDE)
  await seat.keyboard.type('111111')
  await seat.keyboard.press('Enter')
  await expect(seat.getByText(/PIN 码不正确/)).toBeVisible()
  await shot(seat, '04-wrong')
  await seat.keyboard.type(PIN)
  await seat.keyboard.press('Enter')
  await expect(seat).toHaveURL(/\/join\//)
  await shot(seat, '05-join')
  await seat.getByRole('button', { name: /^进入会议/ }).click()
  await operator.getByRole('button', { name: '关闭', exact: true }).last().click()
  await go(operator, '值班台')
  const desk = operator.getByRole('listitem', { name: '张敏' })
  await expect(desk.getByText('画面正常')).toBeVisible()
  await expect(desk.getByText('话筒已关闭')).toBeVisible()
  await shot(operator, '06-on-duty')

  // The page that is there after switching on knows that the PIN was typed; leaving the seat asks for it again.
  await seat.goto(`${bareRelay.origin}/seat`)
  await expect(seat.getByRole('link', { name: '进入会议' })).toBeFocused()
  await shot(seat, '07-attends')
  await seat.getByRole('button', { name: /^离席/ }).click()
  await expect(seat.getByLabel('请张敏输入 PIN 码')).toBeVisible()
})
