import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { observe } from './in-page'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, OPERATOR_PASSWORD, PHONE, SCREEN, WIDE } from './people'

test('a meeting that is planned with a profile opens by itself, is recorded, goes on longer and is closed by hand', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(240_000)
  const shot = async (page: Page, name: string) => {
    for (const [size, kind] of [[WIDE, ''], [PHONE, '-telephone']] as const) {
      await page.setViewportSize(size)
      await page.screenshot({ path: info.outputPath(`${name}${kind}.png`), fullPage: kind === '-telephone' })
    }
    await page.setViewportSize(WIDE)
  }
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await ask(admin, '/api/units', { name: '县水务局' })
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  // An extension that another meeting is in the way of is refused on purpose.
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true, zone: 'Asia/Shanghai' })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()

  await go(operator, '会议')
  await operator.getByRole('button', { name: '会议模板' }).click()
  await expect(operator.getByText('还没有会议模板')).toBeVisible()
  await shot(operator, '01-none')
  await operator.getByRole('button', { name: '新建模板' }).click()
  await operator.getByLabel('模板名称').fill('月度防汛调度会')
  await operator.getByRole('radio', { name: '本级会议' }).check()
  await expect(operator.getByRole('radio', { name: '开会即自动录制' })).toBeChecked()
  await operator.getByLabel('会标').fill('马龙区防汛抗旱工作视频会议')
  await operator.getByLabel('参会单位').fill('水务')
  await operator.getByLabel('参会单位').press('Enter')
  await shot(operator, '02-profile')
  await operator.getByRole('button', { name: '保存' }).click()
  await expect(operator.getByText('会标「马龙区防汛抗旱工作视频会议」')).toBeVisible()
  await expect(operator.getByText('到时间自动开会（到点开会）')).toBeVisible()
  await expect(operator.getByText('邀请 1 个单位')).toBeVisible()
  await shot(operator, '03-profiles')

  // Two of that name are refused at the field.
  await operator.getByRole('button', { name: '新建模板' }).click()
  await operator.getByLabel('模板名称').fill('月度防汛调度会')
  await operator.getByRole('button', { name: '保存' }).click()
  await expect(operator.getByText('已有同名的会议模板，请换一个名称。').first()).toBeVisible()
  await operator.getByRole('button', { name: '取消' }).click()

  await operator.getByRole('button', { name: '用它新建会议' }).click()
  await expect(operator.getByLabel('会议名称')).toBeFocused()
  await operator.getByLabel('会议名称').fill('十一月防汛调度会')
  await expect(operator.getByText('到时间自动开会（到点开会） · 开会即自动录制')).toBeVisible()
  await expect(operator.getByText('邀请 1 个单位 · 联系人：值班员')).toBeVisible()
  await operator.getByRole('button', { name: '更改开会方式' }).click()
  await expect(operator.getByLabel('会标')).toHaveValue('马龙区防汛抗旱工作视频会议')
  await shot(operator, '04-form')
  await operator.getByRole('button', { name: '取消' }).click()

  // It begins within a minute, which no picker of five minutes says: as the form sends it.
  const profile = (await operator.evaluate(async () => (await (await fetch('/api/profiles')).json()) as { opening: object; venues: string[]; minutes: number }[]))[0]
  if (profile === undefined) throw new Error('no profile')
  const startsAtMs = Date.now() + 25_000
  const { id } = await ask(operator, '/api/meetings', { title: '十一月防汛调度会', startsAtMs, endsAtMs: startsAtMs + 3_600_000, kind: 'own', codec: 'h264', venues: profile.venues, opening: profile.opening })
  await ask(operator, '/api/meetings', { title: '项目调度会', startsAtMs: startsAtMs + 4_800_000, endsAtMs: startsAtMs + 8_000_000, kind: 'own', codec: 'h264', venues: profile.venues })

  const room = await operator.context().newPage()
  await room.setViewportSize(SCREEN)
  await room.addInitScript(observe)
  await room.goto(`${bareRelay.origin}/room/${profile.venues[0] ?? ''}`)
  await expect(room.getByText('马龙区防汛抗旱工作视频会议')).toBeVisible()
  await room.screenshot({ path: info.outputPath('05-room-waits.png') })
  const screen = await operator.context().newPage()
  await screen.setViewportSize(SCREEN)
  await screen.addInitScript(observe)
  await screen.goto(`${bareRelay.origin}/screen/${String(id)}`)
  await expect(screen.getByRole('heading', { name: '马龙区防汛抗旱工作视频会议' })).toBeVisible()
  await expect(screen.getByText('十一月防汛调度会')).toBeVisible()
  await expect(screen.getByText(/\d{2}:\d{2} 开始/)).toBeVisible()
  await expect(screen.getByRole('timer')).toBeVisible()
  await screen.screenshot({ path: info.outputPath('05-screen-waits.png') })
  await operator.goto(`${bareRelay.origin}/`)
  await expect(operator.getByRole('timer')).toContainText('十一月防汛调度会')
  await shot(operator, '06-duty-waits')

  // Nobody touches anything.
  await expect(operator.getByRole('heading', { name: '十一月防汛调度会' })).toBeVisible({ timeout: 40_000 })
  expect(Date.now()).toBeGreaterThanOrEqual(startsAtMs)
  await expect(operator.getByText('正在录制').first()).toBeVisible({ timeout: 20_000 })
  await expect(room.getByRole('heading', { name: '马龙区防汛抗旱工作视频会议' })).toBeVisible({ timeout: 20_000 })
  await room.screenshot({ path: info.outputPath('07-room-on-air.png') })
  await expect(screen.getByRole('timer')).toHaveCount(0, { timeout: 30_000 })
  await expect(screen.getByText(/\d{2}:\d{2} 开始/)).toHaveCount(0)
  await shot(operator, '08-on-air')

  const planned = operator.getByRole('region', { name: '计划时间' })
  const before = await planned.getByRole('status').textContent()
  await planned.getByRole('button', { name: '延长 60 分钟' }).click()
  await expect(planned.getByText(/项目调度会/)).toBeVisible()
  await shot(operator, '09-refused')
  await planned.getByRole('button', { name: '延长 15 分钟' }).click()
  await expect(planned.getByRole('status')).not.toHaveText(before ?? '')
  await operator.getByRole('button', { name: '结束会议' }).click()
  await operator.getByRole('button', { name: '结束会议，断开所有会场' }).click()
  await expect(operator.getByRole('heading', { name: '十一月防汛调度会' })).toHaveCount(0)

  // The book has the server as whoever opened it.
  const auditor = String((await ask(admin, '/api/accounts', { login: 'zhaomin', name: '赵敏', roles: ['audit_admin'] })).oneTimePassword)
  const reads = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(reads, 'zhaomin', auditor)
  await changeFirst(reads, auditor, 'Malong-2026-book')
  await go(reads, '审计')
  await expect(reads.getByRole('row', { name: /服务器.*开始会议/ })).toBeVisible()
  await reads.screenshot({ path: info.outputPath('10-book.png') })
})
