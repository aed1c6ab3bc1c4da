import { readFile } from 'node:fs/promises'
import type { Download, Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, logIn, OPERATOR_PASSWORD, PHONE, WIDE } from './people'

/** Nine o'clock here, a week from now. */
const NINE = Math.floor((Date.now() + 8 * 3_600_000) / 86_400_000 + 7) * 86_400_000 + 3_600_000
const DAY = new Date(NINE + 8 * 3_600_000).toISOString().slice(0, 10)

test('a notice, its lists and the week are taken along as files', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(120_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
  const fetched = async (page: Page, link: Locator): Promise<[Download, Buffer]> => {
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
    await download.saveAs(info.outputPath(download.suggestedFilename()))
    return [download, await readFile(info.outputPath(download.suggestedFilename()))]
  }
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  const operator = await openAt(bareRelay, '/', { size: WIDE, zone: 'Asia/Shanghai' })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const attendees = ['张建国 副局长', '王秀兰 镇长'].map((name) => ({ name, unit: '县水务局' }))
  const notice = { unit: '县防汛抗旱指挥部办公室', agenda: ['通报汛情', '县领导讲话'], attendees }
  await ask(operator, '/api/meetings', { title: '全县防汛抗旱会商', startsAtMs: NINE, endsAtMs: NINE + 7_200_000, kind: 'own', codec: 'h264', venues: [], notice })

  await operator.goto(`${bareRelay.origin}/schedule?view=list&day=${DAY}`)
  await operator.getByRole('button', { name: /全县防汛抗旱会商/ }).click()
  const papers = operator.getByRole('region', { name: '打印和导出' })
  await expect(papers).toBeVisible()
  await shot(operator, '01-sheet')
  await operator.getByRole('button', { name: '修改' }).click()
  await operator.getByRole('button', { name: '填联系人和要求' }).click()
  await operator.getByLabel('联系人、电话').fill('李军 0874-8881234')
  await operator.getByLabel('有关要求').fill('请着正装，提前10分钟入场\n会议期间请关闭手机')
  await operator.getByLabel('有关要求').scrollIntoViewIfNeeded()
  await operator.screenshot({ path: info.outputPath('02-form.png') })
  await operator.getByRole('button', { name: '保存' }).click()
  await operator.getByRole('button', { name: /全县防汛抗旱会商/ }).click()
  for (const [name, file, begins] of [
    ['会议通知 PDF', '全县防汛抗旱会商 通知.pdf', '%PDF-'],
    ['签到表 PDF', '全县防汛抗旱会商 签到表.pdf', '%PDF-'],
    ['签到表 Excel', '全县防汛抗旱会商 签到表.xlsx', 'PK'],
    ['日历文件 ICS', '全县防汛抗旱会商.ics', 'BEGIN:VCALENDAR'],
  ] as const) {
    const [download, bytes] = await fetched(operator, papers.getByRole(file.endsWith('.xlsx') ? 'button' : 'link', { name }))
    expect(download.suggestedFilename()).toBe(file)
    expect(bytes.subarray(0, begins.length).toString()).toBe(begins)
  }
  await operator.setViewportSize(PHONE)
  await shot(operator, '03-sheet-telephone')
  await operator.setViewportSize(WIDE)
  await operator.keyboard.press('Escape')

  await operator.getByRole('button', { name: '导出' }).click()
  await expect(operator.getByRole('link', { name: '周历 PDF（A3 横向）' })).toBeVisible()
  await shot(operator, '04-schedule')
  const [week] = await fetched(operator, operator.getByRole('link', { name: '周历 PDF（A3 横向）' }))
  expect(week.suggestedFilename()).toBe('周历.pdf')
})
