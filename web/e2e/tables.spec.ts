import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, WIDE } from './people'

const PASSWORD = 'Malong-2026-list'
const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

test('a list of units is looked at line by line, corrected and imported, and a liaison asks for accounts by a list', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(120_000)
  const shot = async (page: Page, name: string) => {
    await page.setViewportSize(WIDE)
    await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
    await page.setViewportSize(PHONE)
    await page.screenshot({ path: info.outputPath(`${name}-telephone.png`), fullPage: true })
    await page.setViewportSize(WIDE)
  }
  // A list that is wrong is refused on purpose.
  const admin = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'zhaojun', name: '赵军', roles: ['liaison'] })).oneTimePassword)

  await go(admin, '单位')
  await admin.getByRole('button', { name: '导入、导出名单' }).click()
  await shot(admin, '01-lists')
  const file = admin.getByLabel(/选择单位名单文件/)
  await file.setInputFiles(csv('坏.csv', '单位名称,领导\n县政府办,x\n'))
  await expect(admin.getByText(/不认识的一列“领导”/)).toBeVisible()
  await shot(admin, '02-no-table')
  await file.setInputFiles(csv('单位.csv', '单位名称,顺序,本级,联络员账号\n县政府办,10,是,\n县水务局,二十,,zhaojun\n县应急局,30,,nobody\n'))
  await expect(admin.getByText(/「单位\.csv」有 2 行不符合要求/)).toBeVisible()
  const wrong = admin.getByRole('row', { name: /县应急局/ })
  await expect(wrong).toContainText('没有账号“nobody”')
  await expect(admin.getByRole('button', { name: /^导入：/ })).toBeDisabled()
  await shot(admin, '03-wrong')
  await file.setInputFiles(csv('单位.csv', '单位名称,顺序,本级,联络员账号\n县政府办,10,是,\n县水务局,20,,zhaojun\n县应急局,30,,\n'))
  await expect(admin.getByText(/核对无误：新增 3 项/)).toBeVisible()
  await shot(admin, '04-good')
  await admin.getByRole('button', { name: '导入：新增 3 项，修改 0 项' }).click()
  await expect(admin.getByText('已导入：新增 3 项，修改 0 项。')).toBeVisible()
  // What is fetched comes back unchanged.
  const fetched = admin.waitForEvent('download')
  await admin.getByRole('button', { name: '下载现有单位名单（XLSX）' }).click()
  const list = await fetched
  expect(list.suggestedFilename()).toBe('单位名单.xlsx')
  await file.setInputFiles({ name: '单位名单.xlsx', mimeType: 'application/octet-stream', buffer: await read(await list.createReadStream()) })
  await expect(admin.getByText(/不变 3 项/)).toBeVisible()
  await expect(admin.getByText('没有需要导入的内容')).toBeVisible()
  await admin.getByRole('button', { name: '返回单位' }).click()
  await expect(admin.getByRole('row', { name: /县水务局/ })).toContainText('赵军')

  // A unit made by mistake goes.
  await admin.getByRole('row', { name: /县应急局/ }).getByRole('button', { name: '删除单位' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: '删除单位' }).click()
  await expect(admin.getByRole('dialog')).toHaveCount(0)
  await expect(admin.getByRole('row', { name: /县应急局/ })).toHaveCount(0)

  const liaison = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(liaison, 'zhaojun', once)
  await changeFirst(liaison, once, PASSWORD)
  await go(liaison, '单位')
  await liaison.getByRole('button', { name: '导入、导出名单' }).click()
  await liaison.getByLabel(/选择人员名单文件/).setInputFiles(csv('人员.csv', '账号,姓名,角色,申请理由\nlijun,李军,领导,新任局长\nwangfang,王芳,文秘,负责会议记录\n'))
  await expect(liaison.getByText(/核对无误：申请 2 项/)).toBeVisible()
  await shot(liaison, '05-asking')
  await liaison.getByRole('button', { name: '提交 2 份账号申请' }).click()
  await expect(liaison.getByText('已提交 2 份账号申请，等待安全管理员办理。')).toBeVisible()
  await liaison.getByRole('button', { name: '返回单位' }).click()
  await expect(liaison.getByRole('listitem', { name: '王芳' })).toContainText('待办理')
})

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}
