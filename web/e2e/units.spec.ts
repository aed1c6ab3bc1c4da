import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, WIDE } from './people'

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
    await expect(admin.getByRole('cell', { name, exact: true })).toBeVisible()
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
