import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, shows, WIDE } from './people'

const PASSWORD = 'Malong-2026-unit'

test('a unit’s liaison asks for an account, the security administrator grants it', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(120_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })

  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'zhaojun', name: '赵军', roles: ['liaison'] })).oneTimePassword)
  await go(admin, '单位')
  for (const name of ['县应急管理局', '县水务局']) {
    await admin.getByRole('button', { name: '设立单位' }).click()
    await admin.getByLabel('单位名称').fill(name)
    await admin.getByRole('button', { name: '保存' }).click()
    await expect(admin.getByRole('row', { name: new RegExp(name) })).toBeVisible()
  }
  await admin.getByRole('button', { name: '县水务局上移' }).click()
  await expect(admin.getByRole('row').nth(1)).toContainText('县水务局')
  await admin.getByRole('row', { name: /县水务局/ }).getByRole('button', { name: '修改单位' }).click()
  await admin.getByLabel('联络员', { exact: true }).click()
  await admin.getByTitle('赵军（zhaojun）').click()
  await shot(admin, '01-unit')
  await admin.getByRole('button', { name: '保存' }).click()
  await expect(admin.getByRole('row', { name: /县水务局/ })).toContainText('赵军')

  const liaison = await openAt(bareRelay, '/units', { size: PHONE })
  await logIn(liaison, 'zhaojun', once)
  await changeFirst(liaison, once, PASSWORD)
  await liaison.goto(`${bareRelay.origin}/units`)
  await liaison.getByRole('button', { name: '为本单位人员申请账号' }).click()
  await liaison.getByLabel('姓名').fill('李军')
  await liaison.getByLabel('账号', { exact: true }).fill('lijun')
  await liaison.getByLabel('申请理由').fill('新任局长，参加防汛会议')
  await shot(liaison, '02-ask')
  await liaison.getByRole('button', { name: '提交账号申请' }).click()
  await expect(liaison.getByRole('listitem', { name: '李军' })).toContainText('待办理')
  await shot(liaison, '03-asked')

  await admin.reload()
  await expect(admin.getByRole('listitem', { name: '李军' })).toContainText('新任局长，参加防汛会议')
  await shot(admin, '04-waiting')
  await admin.getByRole('button', { name: '同意并建立账号' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: '同意并建立账号' }).click()
  await expect(admin.getByRole('status', { name: '一次性密码' })).toBeVisible()
  await shot(admin, '05-granted')
  await admin.getByRole('button', { name: '已经交付，关闭' }).click()
  await expect(admin.getByRole('row', { name: /县水务局/ })).toContainText('1 人')

  await liaison.reload()
  await expect(liaison.getByRole('region', { name: '县水务局的人员' })).toContainText('lijun')
  await shot(liaison, '06-people')
})

test('the first administrator makes three officers, who are apart from then on, and an operator has a second factor', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(180_000)
  const shot = async (page: Page, name: string) => {
    await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
    await page.setViewportSize(PHONE)
    await page.screenshot({ path: info.outputPath(`${name}-telephone.png`), fullPage: true })
    await page.setViewportSize(WIDE)
  }
  const enter = async (login: string, once: string) => {
    const page = await openAt(bareRelay, '/', { size: WIDE })
    await logIn(page, login, once)
    await changeFirst(page, once, PASSWORD)
    await expect(page.getByRole('navigation')).toBeVisible()
    return page
  }

  const first = await enter('admin', bareRelay.firstPassword)
  await go(first, '自查')
  await expect(first.getByText(/admin：首次启动状态/)).toBeVisible()
  await shot(first, '01-first-run')
  const make = async (login: string, name: string, role: string) => String((await ask(first, '/api/accounts', { login, name, roles: [role] })).oneTimePassword)
  await make('xitong', '周强', 'system_admin')
  const [security, audit, operator] = [await make('anquan', '孙丽', 'security_admin'), await make('shenji', '钱敏', 'audit_admin'), await make('liwei', '李伟', 'operator')]

  await first.close()

  const officer = await enter('anquan', security)
  await go(officer, '账号')
  await expect(officer.getByText(/admin：首次启动状态/)).toBeVisible()
  await shot(officer, '02-accounts')
  const admin = officer.getByRole('row', { name: /admin/ })
  await admin.getByRole('button', { name: '停用' }).click()
  await officer.getByRole('dialog').getByRole('button', { name: '停用' }).click()
  await expect(officer.getByText(/首次启动状态/)).toHaveCount(0)
  // Two officers in one account need a decision.
  await officer.getByRole('row', { name: /anquan/ }).getByRole('button', { name: '修改' }).click()
  const form = officer.getByRole('dialog')
  await form.getByLabel(/^系统管理员/).check()
  await form.getByRole('button', { name: '保存' }).click()
  await expect(form.getByText('请填写本项')).toHaveCount(2)
  await form.getByLabel('由谁决定').fill('县政府办主任 张建国')
  await form.getByLabel('兼任理由').fill('编制只有两人')
  await shot(officer, '03-exception')
  await form.getByLabel(/^系统管理员/).uncheck()
  await form.getByRole('button', { name: '取消' }).click()
  await go(officer, '自查')
  await expect(officer.getByRole('row', { name: /系统管理员与安全管理员分设/ })).toContainText('没有兼任')
  await shot(officer, '04-self-check')

  const auditor = await enter('shenji', audit)
  await go(auditor, '审计')
  await expect(auditor.getByRole('row', { name: /anquan/ }).first()).toBeVisible()
  await expect(auditor.getByText(/三员例外/)).toHaveCount(0)

  const desk = await enter('liwei', operator)
  await go(desk, '我的账号')
  await desk.getByRole('button', { name: '启用动态口令' }).click()
  await desk.getByRole('button', { name: '显示二维码' }).click()
  await expect(desk.getByRole('img', { name: '验证器二维码' })).toBeVisible()
  await shot(desk, '05-picture')
  const secret = ((await desk.locator('.factor-secret').textContent()) ?? '').replace(/ /gu, '')
  await desk.getByLabel(/输入验证器现在显示的/).fill(shows(secret))
  await desk.getByRole('button', { name: '核对并启用' }).click()
  const codes = desk.getByRole('list', { name: '备用码' })
  await expect(codes.getByRole('listitem')).toHaveCount(10)
  await shot(desk, '06-codes')
  const recovery = (await codes.getByRole('listitem').first().textContent()) ?? ''
  await desk.getByRole('button', { name: '已经保管好，完成' }).click()
  await expect(desk.getByText(/已启用。登录时除密码外/)).toBeVisible()

  // Another browser: the password alone is not enough, a used code neither.
  const other = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(other, 'liwei', PASSWORD)
  const code = other.getByLabel(/动态口令/)
  await expect(code).toBeVisible()
  await shot(other, '07-second-step')
  await code.fill('000000')
  await other.getByRole('button', { name: '登录' }).click()
  await expect(other.getByText(/动态口令不正确/)).toBeVisible()
  await code.fill(recovery)
  await other.getByRole('button', { name: '登录' }).click()
  await expect(other.getByRole('heading', { name: '第一次使用' })).toBeVisible()
})
