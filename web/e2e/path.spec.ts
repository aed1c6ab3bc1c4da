import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, changeFirst, go, logIn, PHONE, SCREEN, shows, WIDE } from './people'

const PASSWORD = 'Malong-2026-path'

/** The whole way into a new server, by its pages alone: nothing is asked of the interface behind them. */
test('first start, administrator, three officers, unit, liaison, operator with a second factor, hand-over, a screen', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(240_000)
  const shot = async (page: Page, name: string) => {
    await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
    await page.setViewportSize(PHONE)
    await page.screenshot({ path: info.outputPath(`${name}-telephone.png`), fullPage: true })
    await page.setViewportSize(WIDE)
  }
  const enter = async (login: string, once: string) => {
    const page = await openAt(bareRelay, '/', { size: WIDE, outage: true })
    await logIn(page, login, once)
    await changeFirst(page, once, PASSWORD)
    await expect(page.getByRole('navigation')).toBeVisible()
    return page
  }
  const oncePassword = async (page: Page) => {
    const once = (await page.getByRole('status', { name: '一次性密码' }).textContent()) ?? ''
    await page.getByRole('button', { name: '已经交付，关闭' }).click()
    return once
  }
  const make = async (page: Page, name: string, login: string, role: string) => {
    await page.getByRole('button', { name: '新建账号' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('姓名').fill(name)
    await form.getByLabel('账号', { exact: true }).fill(login)
    await form.getByLabel(/^会控员/).uncheck()
    await form.getByLabel(new RegExp(`^${role}`)).check()
    await form.getByRole('button', { name: '建立账号' }).click()
    return oncePassword(page)
  }

  // First start → administrator.
  const first = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(first, 'admin', bareRelay.firstPassword)
  await changeFirst(first, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(first.getByRole('heading', { name: '第一次使用' })).toBeVisible()

  // → three officers; the first account ends.
  await go(first, '账号')
  const system = await make(first, '周强', 'xitong', '系统管理员')
  const security = await make(first, '孙丽', 'anquan', '安全管理员')
  const audit = await make(first, '钱敏', 'shenji', '审计管理员')
  await shot(first, '01-three-officers')
  const officer = await enter('anquan', security)
  await go(officer, '账号')
  await officer.getByRole('row', { name: /admin/ }).getByRole('button', { name: '停用' }).click()
  await officer.getByRole('dialog').getByRole('button', { name: '停用' }).click()
  await expect(officer.getByText(/首次启动状态/)).toHaveCount(0)

  // → unit → liaison.
  const once = await make(officer, '赵军', 'zhaojun', '联络员')
  await go(officer, '单位')
  await officer.getByRole('button', { name: '设立单位' }).click()
  await officer.getByLabel('单位名称').fill('县水务局')
  await officer.getByRole('button', { name: '保存' }).click()
  await officer.getByRole('row', { name: /县水务局/ }).getByRole('button', { name: '修改单位' }).click()
  await officer.getByLabel('联络员', { exact: true }).click()
  await officer.getByTitle('赵军（zhaojun）').click()
  await officer.getByRole('button', { name: '保存' }).click()
  await expect(officer.getByRole('row', { name: /县水务局/ })).toContainText('赵军')

  // → operator, whom the liaison asks for and the security administrator grants.
  const liaison = await enter('zhaojun', once)
  await go(liaison, '单位')
  await liaison.getByRole('button', { name: '为本单位人员申请账号' }).click()
  const asking = liaison.getByRole('dialog')
  await asking.getByLabel('姓名').fill('李伟')
  await asking.getByLabel('账号', { exact: true }).fill('liwei')
  await asking.getByLabel(/^领导/).uncheck()
  await asking.getByLabel(/^会控员/).check()
  await asking.getByLabel('申请理由').fill('值班，操作会议')
  await asking.getByRole('button', { name: '提交账号申请' }).click()
  await expect(liaison.getByRole('listitem', { name: '李伟' })).toContainText('待办理')
  await officer.reload()
  await officer.getByRole('button', { name: '同意并建立账号' }).click()
  await officer.getByRole('dialog').getByRole('button', { name: '同意并建立账号' }).click()
  const granted = await oncePassword(officer)

  // → with a second factor: the code an authenticator shows for the secret on the page.
  const operator = await enter('liwei', granted)
  await go(operator, '我的账号')
  await operator.getByRole('button', { name: '启用动态口令' }).click()
  await operator.getByRole('button', { name: '显示二维码' }).click()
  await expect(operator.getByRole('img', { name: '验证器二维码' })).toBeVisible()
  const secret = ((await operator.locator('.factor-secret').textContent()) ?? '').replace(/ /gu, '')
  await operator.getByLabel(/输入验证器现在显示的/).fill(shows(secret))
  await operator.getByRole('button', { name: '核对并启用' }).click()
  await operator.getByRole('button', { name: '已经保管好，完成' }).click()
  const desk = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(desk, 'liwei', PASSWORD)
  // The code of the present half minute is used up; the next one is good already.
  await desk.getByLabel(/动态口令/).fill(shows(secret, Date.now() + 30_000))
  await desk.getByRole('button', { name: '登录' }).click()
  await expect(desk.getByRole('heading', { name: '第一次使用' })).toBeVisible()

  // Pairing a screen.
  await go(desk, '设备')
  await desk.getByRole('button', { name: '添加设备' }).click()
  const device = desk.getByRole('dialog')
  await device.getByText(/^大屏/).first().click()
  await device.getByRole('button', { name: '生成配对号码' }).click()
  const code = ((await desk.getByRole('status', { name: '在设备上输入这个号码' }).textContent()) ?? '').replace(/\D/g, '')
  const screen = await openAt(bareRelay, '/pair', { size: SCREEN, outage: true })
  await expect(screen.getByRole('heading', { name: '配对本机' })).toBeVisible()
  await screen.keyboard.type(code)
  await expect(screen).toHaveURL(/\/room\//)
  await expect(screen.getByRole('heading', { name: '县主会场' })).toBeVisible()
  await screen.screenshot({ path: info.outputPath('02-screen.png') })
  await expect(desk.getByText('配对成功，设备已经可以使用')).toBeVisible()

  // Hand-over: the liaison leaves, whoever follows answers for the unit.
  await officer.reload()
  await go(officer, '账号')
  await officer.getByRole('row', { name: /zhaojun/ }).getByRole('button', { name: '岗位交接' }).click()
  const handing = officer.getByRole('dialog')
  await handing.getByLabel('接任者姓名').fill('吴芳')
  await handing.getByLabel('接任者的账号').fill('wufang')
  await handing.getByLabel('交接事由').fill('赵军调任县政府办')
  await handing.getByRole('button', { name: '办理交接，停用原账号' }).click()
  await expect(officer.getByText('移交人（签字）：')).toBeVisible()
  await shot(officer, '03-hand-over')
  await officer.getByRole('button', { name: '下一步：接收人的一次性密码' }).click()
  const next = await oncePassword(officer)
  await liaison.reload()
  await expect(liaison.getByLabel('密码', { exact: true }), 'the one who left is out').toBeVisible()
  const follower = await enter('wufang', next)
  await go(follower, '单位')
  await expect(follower.getByRole('region', { name: '县水务局的人员' })).toContainText('liwei')
  await shot(follower, '04-who-follows')

  // The other two officers come in, and the auditor reads all of it.
  const machine = await enter('xitong', system)
  await expect(machine.getByRole('link', { name: '账号', exact: true })).toHaveCount(0)
  const auditor = await enter('shenji', audit)
  await go(auditor, '审计')
  for (const word of ['岗位交接', '配对设备', '同意账号申请', '启用动态口令']) await expect(auditor.getByRole('cell', { name: word, exact: true }).first()).toBeVisible()
  await expect(auditor.getByRole('cell', { name: /单位:.*县水务局/ }).first()).toBeVisible()
  await shot(auditor, '05-book')
})
