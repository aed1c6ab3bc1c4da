import type { Page } from '@playwright/test'
import { findings } from './findings'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, SCREEN, WIDE } from './people'

const PASSWORD = 'Malong-2026-list'
const MINUTE = 60_000

/** A change other than `POST`, as the page itself would ask for it. */
const change = (page: Page, path: string, body: object): Promise<number> =>
  page.evaluate(
    async ([to, what]) => {
      const answer = await fetch(to, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) })
      return answer.status
    },
    [path, body] as const,
  )

test('units are invited, a liaison answers on the telephone, and the door signs people in by number', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(240_000)
  const grave: string[] = []
  const shot = async (page: Page, name: string) => {
    await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
    grave.push(...(await findings(page, name)))
  }
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  const enter = async (login: string, name: string, roles: string[], size: typeof WIDE) => {
    const { oneTimePassword, account } = await ask(admin, '/api/accounts', { login, name, roles })
    const page = await openAt(bareRelay, '/', { size, outage: true })
    await logIn(page, login, String(oneTimePassword))
    await changeFirst(page, String(oneTimePassword), PASSWORD)
    return { page, account: String((account as Record<string, unknown>).id) }
  }
  const { page: clerk } = await enter('wangxl', '王秀兰', ['clerk'], WIDE)
  const { page: operator } = await enter('liwei', '李伟', ['operator'], WIDE)
  const { page: liaison, account: zhao } = await enter('zhaojun', '赵军', ['liaison'], PHONE)
  const units: Record<string, string> = {}
  for (const name of ['县水务局', '县教育局', '通泉街道办事处', '马过河镇', '马鸣乡']) units[name] = String((await ask(admin, '/api/units', { name })).id)
  expect(await change(admin, `/api/units/${units['县水务局'] ?? ''}`, { liaisons: [zhao] })).toBe(204)
  const town = String((await ask(operator, '/api/venues', { name: '通泉街道会议室' })).id)
  const starts = Date.now() + 40 * MINUTE
  const notice = { unit: '县水务局', attendees: [{ name: '钱进 局长', unit: '县教育局' }], agenda: ['通报汛情', '部署转移安置'] }
  const plan = { title: '全县防汛调度会议', startsAtMs: starts, endsAtMs: starts + 120 * MINUTE, kind: 'own', codec: 'h264', venues: ['county', town], notice }
  const meeting = String((await ask(operator, '/api/meetings', plan)).id)

  // The clerk invites all townships in one press, and two units more.
  await go(clerk, '参会名单')
  await expect(clerk.getByRole('heading', { level: 1 })).toHaveText('参会名单')
  await clerk.getByRole('link', { name: '参会名单：全县防汛调度会议' }).click()
  await clerk.getByRole('button', { name: '邀请单位' }).click()
  const inviting = clerk.getByRole('dialog')
  await inviting.getByRole('button', { name: '全部乡镇街道（3）' }).click()
  await inviting.getByRole('checkbox', { name: '县水务局' }).check()
  await inviting.getByRole('checkbox', { name: '县教育局' }).check()
  await shot(clerk, '01-invite')
  await inviting.getByRole('button', { name: '邀请 5 个单位' }).click()
  await expect(inviting).toHaveCount(0)
  const card = (name: string) => clerk.getByRole('region', { name, exact: true })
  await expect(card('县水务局').getByText('已通知')).toBeVisible()
  await expect(card('县教育局').getByRole('listitem', { name: '钱进' }), 'whoever the notice names stands on the list').toContainText('局长')
  await expect(card('马过河镇').getByText('没有联络员，请电话通知')).toBeVisible()
  await clerk.getByRole('button', { name: '会议通知' }).click()
  await clerk.getByLabel('有关要求').fill('请着正装，提前 10 分钟入场\n手机请调成振动')
  await clerk.getByRole('dialog').getByRole('button', { name: /保\s*存/ }).click()
  await expect(clerk.getByText('要求：请着正装')).toBeVisible()
  await card('马过河镇').getByRole('button', { name: '登记电话回执' }).click()
  await expect(card('马过河镇').getByText('已回执')).toBeVisible()

  // The liaison reads it on the telephone, confirms it, names two and asks leave for one.
  await expect(liaison.getByRole('link', { name: /全县防汛调度会议/ }), 'it comes without a reload').toBeVisible()
  await shot(liaison, '02-notices')
  await liaison.getByRole('link', { name: /全县防汛调度会议/ }).click()
  await expect(liaison.getByText('请着正装，提前 10 分钟入场')).toBeVisible()
  await expect(card('县水务局').getByText('已阅')).toBeVisible()
  await shot(liaison, '03-notice')
  await liaison.getByRole('button', { name: '确认收到（回执）' }).click()
  await expect(liaison.getByText(/赵军.*已回执/)).toBeVisible()
  await expect(card('县水务局').getByText('已回执', { exact: true })).toBeVisible()
  for (const [name, position] of [['李军', '局长'], ['王芳', '副局长']] as const) {
    await liaison.getByLabel('姓名').fill(name)
    await liaison.getByLabel('职务').fill(position)
    await liaison.getByRole('button', { name: /^添\s*加$/ }).click()
    await expect(liaison.getByRole('listitem', { name })).toBeVisible()
    await expect(liaison.getByLabel('姓名')).toHaveValue('')
  }
  await liaison.getByRole('button', { name: '请假：王芳' }).click()
  const leave = liaison.getByRole('dialog')
  await leave.getByLabel('请假事由').fill('省厅开会')
  await leave.getByRole('button', { name: '提交请假' }).click()
  await expect(leave.getByText('请填写本项'), 'leave names who approved it').toBeVisible()
  await leave.getByLabel('批准人').fill('张建国 副县长')
  await shot(liaison, '04-leave')
  await leave.getByRole('button', { name: '提交请假' }).click()
  await expect(liaison.getByText('省厅开会，张建国 副县长批准')).toBeVisible()
  await shot(liaison, '05-answered')
  await liaison.setViewportSize(WIDE)
  await shot(liaison, '05-answered-desk')
  await liaison.setViewportSize(PHONE)
  await card('通泉街道办事处').getByRole('button', { name: '添加参会人' }).click()
  await clerk.getByRole('dialog').getByRole('textbox').fill('孙丽 主任\n周平 副主任')
  await clerk.getByRole('dialog').getByRole('button', { name: '添加 2 人' }).click()
  await expect(card('通泉街道办事处').getByRole('listitem', { name: '周平' })).toBeVisible()
  await shot(clerk, '06-list')
  await clerk.setViewportSize(PHONE)
  await shot(clerk, '06-list-telephone')
  await clerk.setViewportSize(WIDE)

  // The meeting is moved: the receipt is asked for anew.
  const sooner = Date.now() + 20 * MINUTE
  expect(await change(operator, `/api/meetings/${meeting}`, { startsAtMs: sooner, endsAtMs: sooner + 120 * MINUTE })).toBe(200)
  await expect(card('马过河镇').getByText('有变动，待重新确认')).toBeVisible()
  await expect(liaison.getByText('会议的时间或会场有变动')).toBeVisible()
  await expect(liaison.getByText('已过报名和请假的截止时间')).toBeVisible()
  await shot(liaison, '07-moved')

  // The door: by number, by name, undone and done again; a second page follows without a reload.
  await operator.goto(new URL(`/attendance?door=${meeting}`, operator.url()).href)
  const figure = (page: Page, name: string) => page.locator(`.att-figure-${name} dd`).first()
  const field = operator.getByLabel('序号、姓名或单位')
  await expect(field).toBeFocused()
  await expect(operator.getByText(/正在签到/)).toBeVisible()
  await expect(figure(clerk, 'due')).toHaveText('5')
  await operator.keyboard.type('1')
  await operator.keyboard.press('Enter')
  await expect(operator.getByRole('status')).toContainText('李军')
  await expect(figure(clerk, 'present'), 'figures move on the other page').toHaveText('1')
  const { code } = await ask(operator, '/api/devices', { name: '主会场大屏', kind: 'screen', venue: 'county' })
  const screen = await openAt(bareRelay, '/pair', { size: SCREEN, outage: true })
  await expect(screen.getByRole('heading', { name: '配对本机' })).toBeVisible()
  await screen.keyboard.type(String(code))
  const there = screen.locator('.screen-figures')
  await expect(there, 'the big screen says how many came').toContainText('实到1')
  await operator.keyboard.type('孙')
  await shot(operator, '08-door-typed')
  await operator.keyboard.press('Enter')
  await expect(operator.getByRole('status')).toContainText('孙丽')
  await operator.keyboard.press('F4')
  await expect(figure(operator, 'present')).toHaveText('1')
  await operator.keyboard.type('99')
  await expect(operator.getByText('没有符合的人')).toBeVisible()
  await operator.keyboard.press('Escape')
  await operator.getByRole('button', { name: '签到：钱进' }).click()
  await expect(figure(operator, 'present')).toHaveText('2')
  await expect(figure(operator, 'leave')).toHaveText('1')
  await expect(there).toContainText('应到5实到2请假1缺席0')
  await screen.screenshot({ path: info.outputPath('08-screen.png') })
  await ask(operator, `/api/meetings/${meeting}/open`, {})
  await expect(screen.locator('.screen-figures-over')).toContainText('应到5实到2')
  await screen.screenshot({ path: info.outputPath('08-screen-on-air.png') })
  // Whoever was on leave comes after all.
  await operator.getByRole('button', { name: '销假并签到：王芳' }).click()
  await expect(figure(operator, 'present')).toHaveText('3')

  // Closing time has passed: late.
  const past = Date.now() - 30 * MINUTE
  expect(await change(operator, `/api/meetings/${meeting}`, { startsAtMs: past, endsAtMs: past + 120 * MINUTE })).toBe(200)
  await expect(operator.getByText('已过签到截止时间，现在签到算迟到')).toBeVisible()
  await operator.getByLabel('序号、姓名或单位').fill('周平')
  await operator.keyboard.press('Enter')
  await expect(operator.getByRole('status')).toContainText('迟到')
  await expect(figure(clerk, 'late')).toHaveText('1')
  await expect(card('通泉街道办事处').getByRole('listitem', { name: '周平' })).toContainText('迟到')
  await shot(operator, '09-door')
  await operator.setViewportSize({ width: 820, height: 1180 })
  await shot(operator, '09-door-tablet')
  await operator.setViewportSize(PHONE)
  await shot(operator, '09-door-telephone')
  await clerk.emulateMedia({ media: 'print' })
  await clerk.pdf({ path: info.outputPath('sheet.pdf'), preferCSSPageSize: true })
  await clerk.screenshot({ path: info.outputPath('10-paper.png'), fullPage: true })
  expect(grave).toEqual([])
})
