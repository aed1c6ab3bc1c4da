import type { Page } from '@playwright/test'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, WIDE } from './people'

const PASSWORD = 'Malong-2026-file'
const TITLE = '全县防汛调度会议'
const DAY = 86_400_000

/** A file as an office program saves it: one page, one line. */
function small(): Buffer {
  const content = 'BT /F1 24 Tf 72 720 Td (Flood report) Tj ET'
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${String(content.length)} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const places = objects.map((object, index) => {
    const place = file.length
    file += `${String(index + 1)} 0 obj\n${object}\nendobj\n`
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const table = file.length
  return Buffer.from(`${file}xref\n0 ${String(objects.length + 1)}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size ${String(objects.length + 1)} /Root 1 0 R >>\nstartxref\n${String(table)}\n%%EOF\n`)
}

test('a clerk brings a PDF, a bad one is refused, the invited unit’s liaison takes a copy with their name, another’s sees none', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(180_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true })
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const unit = async (name: string) => String((await ask(admin, '/api/units', { name })).id)
  const [water, school] = [await unit('县水务局'), await unit('县教育局')]
  // A file that is refused, and materials of others, are answered with an error.
  const enter = async (login: string, name: string, role: string, of: string, size = WIDE) => {
    const { oneTimePassword, account } = await ask(admin, '/api/accounts', { login, name, unit: of, roles: [role] })
    if (role === 'liaison') {
      const kept = await admin.evaluate(async ([to, one]) => (await fetch(`/api/units/${to}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ liaisons: [one] }) })).status, [of, (account as { id: string }).id] as const)
      expect(kept).toBe(204)
    }
    const page = await openAt(bareRelay, '/', { size, outage: true, zone: 'Asia/Shanghai' })
    await logIn(page, login, String(oneTimePassword))
    await changeFirst(page, String(oneTimePassword), PASSWORD)
    await expect(page.getByRole('navigation')).toBeVisible()
    return page
  }
  const operator = await enter('liwei', '李伟', 'operator', water)
  const clerk = await enter('wangxl', '王秀兰', 'clerk', water)
  const zhao = await enter('zhaoyun', '赵云', 'liaison', water, PHONE)
  const qian = await enter('qianjin', '钱进', 'liaison', school)
  const startsAtMs = Date.now() + 9 * DAY
  const meeting = String((await ask(operator, '/api/meetings', { title: TITLE, startsAtMs, endsAtMs: startsAtMs + 7_200_000, kind: 'own', codec: 'h264', venues: ['county'] })).id)
  await ask(clerk, `/api/meetings/${meeting}/attendance/invite`, { units: [water] })

  // The clerk brings it to the meeting's sheet; what is no PDF is refused with what to do.
  const day = new Date(startsAtMs + 8 * 3_600_000).toISOString().slice(0, 10)
  await clerk.goto(`${bareRelay.origin}/schedule?view=list&day=${day}`)
  // A meeting past midnight stands on both days.
  await clerk.getByRole('button', { name: new RegExp(TITLE) }).first().click()
  const part = clerk.getByRole('region', { name: '会议材料' })
  await expect(part).toContainText('还没有材料')
  const brought = small()
  const file = part.locator('input[type=file]')
  await file.setInputFiles({ name: '报表.pdf', mimeType: 'application/pdf', buffer: Buffer.from('PK\u0003\u0004 a workbook') })
  await expect(part.getByRole('alert')).toContainText('这个文件不能作为 PDF 打开')
  await expect(part).toContainText('还没有材料')
  await shot(clerk, '01-refused')
  await file.setInputFiles({ name: '汛情通报.pdf', mimeType: 'application/pdf', buffer: brought })
  await expect(part.getByRole('listitem')).toContainText('汛情通报')
  await expect(part.getByRole('listitem')).toContainText(/1 页.*王秀兰上传/)
  await expect(part.getByRole('alert'), 'what was refused before is over').toHaveCount(0)
  await shot(clerk, '02-brought')

  // The invited unit's liaison takes a copy by telephone: another file than the one brought, with who took it on it.
  await go(zhao, '本单位的通知')
  await zhao.getByRole('link', { name: new RegExp(TITLE) }).click()
  const theirs = zhao.getByRole('region', { name: '会议材料' })
  await expect(theirs.getByRole('listitem')).toContainText('汛情通报')
  await expect(theirs.getByRole('button', { name: /移除|上传/ })).toHaveCount(0)
  await shot(zhao, '03-notice')
  const coming = zhao.waitForEvent('download')
  await theirs.getByRole('button', { name: '下载（带本人水印）' }).click()
  const download = await coming
  expect(download.suggestedFilename()).toBe('汛情通报.pdf')
  const path = info.outputPath('copy.pdf')
  await download.saveAs(path)
  const copy = await readFile(path)
  expect(copy.subarray(0, 5).toString()).toBe('%PDF-')
  expect(copy.equals(brought)).toBe(false)
  // As the file says it: what is written askew is read letter by letter.
  const { stdout } = await promisify(execFile)('pdftotext', ['-raw', path, '-'])
  const read = stdout.replace(/\s/gu, '')
  for (const words of ['Floodreport', '赵云', '县水务局']) expect(read).toContain(words)

  // Whose unit is not invited finds neither the notice nor the material, and the server gives it to nobody else.
  await go(qian, '本单位的通知')
  await expect(qian.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(qian.getByText(TITLE)).toHaveCount(0)
  await qian.goto(`${bareRelay.origin}/schedule?view=list&day=${day}`)
  const answer = qian.waitForResponse((one) => one.url().endsWith(`/api/meetings/${meeting}/materials`))
  await qian.getByRole('button', { name: new RegExp(TITLE) }).first().click()
  expect((await answer).status()).toBe(403)
  await expect(qian.getByRole('dialog')).toContainText('打印和导出')
  await shot(qian, '04-uninvited')
  await expect(qian.getByText('汛情通报')).toHaveCount(0)
  await expect(qian.getByRole('alert')).toHaveCount(0)
})
