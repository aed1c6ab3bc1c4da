import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, changeFirst, go, logIn, OPERATOR_PASSWORD, PHONE, SCREEN, twice, WIDE } from './people'
import { changed, look, loudness, received } from './probe'

const TONE = { colour: '#d01818', hertz: 2600 }
const HEARD_DB = -50

test('from the first start to a picture on the screen, and a microphone that opens and closes', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(180_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const began = Date.now()

  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await shot(admin, '01-log-in')
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  await shot(admin, '02-first-steps')
  await admin.getByRole('link', { name: /建立会控员账号/ }).click()
  await admin.getByLabel('姓名').fill('李伟')
  await admin.getByLabel('账号', { exact: true }).fill('liwei')
  await admin.getByRole('button', { name: '建立账号' }).click()
  const once = await admin.getByRole('status', { name: '一次性密码' }).textContent()
  await shot(admin, '03-one-time-password')
  await admin.getByRole('button', { name: '已经交付，关闭' }).click()

  // The meeting ends under these pages: their good-byes find nobody.
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(operator, 'liwei', once ?? '')
  await changeFirst(operator, once ?? '', OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  await shot(operator, '04-operator')
  await operator.getByRole('link', { name: /^建立会场/ }).click()
  await operator.getByLabel('会场名称').fill('一楼会议室')
  await operator.getByRole('button', { name: '保存' }).click()
  await expect(operator.getByRole('cell', { name: '一楼会议室', exact: true })).toBeVisible()

  await go(operator, '设备')
  await operator.getByRole('button', { name: '添加设备' }).click()
  await operator.getByRole('combobox', { name: '所在会场' }).click()
  await operator.getByTitle('一楼会议室').click()
  await expect(operator.getByLabel('设备名称')).toHaveValue('一楼会议室')
  await operator.getByRole('button', { name: '生成配对号码' }).click()
  const code = ((await operator.getByRole('status', { name: '在设备上输入这个号码' }).textContent()) ?? '').replace(/\D/g, '')
  expect(code).toHaveLength(8)
  await shot(operator, '05-pairing-code')
  const room = await openAt(bareRelay, '/pair', { size: SCREEN, source: TONE, outage: true })
  await shot(room, '06-pair')
  await room.keyboard.type(code)
  await expect(room).toHaveURL(/\/room\//)
  await expect(room.getByRole('heading', { name: '一楼会议室' })).toBeVisible()
  await shot(room, '07-room-idle')
  await expect(operator.getByText('配对成功，设备已经可以使用')).toBeVisible()
  await operator.getByRole('button', { name: '关闭', exact: true }).last().click()

  await go(operator, '会议')
  await operator.getByRole('button', { name: '新建会议' }).click()
  await operator.getByLabel('会议名称').fill('全县防汛调度会议')
  await shot(operator, '08-new-meeting')
  await operator.getByRole('button', { name: '建立并立即开始会议' }).click()
  await expect(operator.getByRole('heading', { name: '全县防汛调度会议' })).toBeVisible()
  const hall = operator.getByRole('listitem', { name: '一楼会议室' })
  await expect(hall.getByText('画面正常')).toBeVisible()
  await expect(hall.getByText('话筒已关闭')).toBeVisible()
  await expect(room.getByText('本会场话筒已关闭')).toBeVisible()
  await shot(operator, '09-on-duty')
  await shot(room, '10-room-waiting')

  await twice(operator, /上会（画面和声音）/)
  const screen = room.getByLabel('大屏幕')
  await expect.poll(async () => (await look(screen)).red, { message: 'the room’s own red picture on its big screen' }).toBeGreaterThan(120)
  const before = await look(screen)
  await expect.poll(async () => changed(before, await look(screen)), { message: 'it moves' }).toBeGreaterThan(50)
  process.stdout.write(`      first start to picture: ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
  await expect(operator.getByLabel('节目画面预览')).toBeVisible()
  await expect.poll(async () => (await look(operator.getByLabel('节目画面预览'))).red, { message: 'the preview shows the same' }).toBeGreaterThan(120)
  await shot(operator, '11-on-air')
  await shot(room, '12-room-on-air')
  for (const [name, size] of [['big', SCREEN], ['telephone', PHONE], ['desk', WIDE]] as const) {
    await operator.setViewportSize(size)
    await operator.screenshot({ path: info.outputPath(`11-on-air-${name}.png`), fullPage: name === 'telephone' })
  }

  // 上会 opened the sound with the picture; a desk hears it until all microphones are closed.
  const desk = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(desk, 'liwei', OPERATOR_PASSWORD)
  await expect(desk.getByRole('heading', { name: '全县防汛调度会议' })).toBeVisible()
  await desk.goto(`${bareRelay.origin}/join/${await meetingId(desk)}`)
  await desk.getByRole('button', { name: /仅观看/ }).click()
  await expect.poll(async () => (await received(desk)).frames, { message: 'the desk sees' }).toBeGreaterThan(5)
  await expect(room.getByText('本会场话筒已打开')).toBeVisible()
  await expect.poll(() => loudness(desk, TONE.hertz), { message: 'the desk hears the room' }).toBeGreaterThan(HEARD_DB)
  await shot(room, '13-room-microphone-open')

  await operator.keyboard.press('F2')
  await expect(room.getByText('本会场话筒已关闭')).toBeVisible()
  await expect(hall.getByText('话筒已关闭')).toBeVisible()
  await expect.poll(() => loudness(desk, TONE.hertz), { message: 'a closed microphone is silent' }).toBeLessThan(HEARD_DB)

  await hall.focus()
  await operator.keyboard.press('F4')
  await expect(operator.getByRole('button', { name: /再按一次确认：打开一楼会议室话筒/ })).toBeFocused()
  await operator.keyboard.press('Escape')
  await expect(operator.getByRole('button', { name: /再按一次确认/ }), 'Escape is safe').toHaveCount(0)
  await twice(operator, /打开一楼会议室话筒/)
  await expect.poll(() => loudness(desk, TONE.hertz), { message: 'opened again, heard again' }).toBeGreaterThan(HEARD_DB)
  await operator.getByRole('button', { name: '关闭一楼会议室话筒' }).click()
  await expect.poll(() => loudness(desk, TONE.hertz), { message: 'closed again' }).toBeLessThan(HEARD_DB)

  await operator.getByRole('button', { name: '结束会议' }).click()
  await expect(operator.getByText(/会议结束后不能重新开始/)).toBeVisible()
  await shot(operator, '14-end')
  await operator.getByRole('button', { name: '结束会议，断开所有会场' }).click()
  await expect(operator.getByRole('heading', { name: '现在没有会议' })).toBeVisible()
  await expect(room.getByRole('heading', { name: '一楼会议室' })).toBeVisible()
})

const meetingId = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const entries = (await (await fetch('/api/meetings')).json()) as { id: string; state: string }[]
    return entries.find((entry) => entry.state === 'on_air')?.id ?? ''
  })
