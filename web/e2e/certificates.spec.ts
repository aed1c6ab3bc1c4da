import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, WIDE } from './people'
import { program } from './relay'

const PASSWORD = 'Malong-2026-card'

test('an operator’s certificate stands in a code’s place, and a browser without one is told so until it is revoked', async ({ bareRelay, openAt, chrome }, info) => {
  test.setTimeout(180_000)
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'wangq', name: '王强', roles: ['operator'] })).oneTimePassword)
  mkdirSync(info.outputDir, { recursive: true })
  const pem = join(info.outputDir, 'wangq.pem')
  const said = execFileSync(program(), ['certs', 'client', 'wangq', '--out', pem, '--config', bareRelay.settings], { encoding: 'utf8' })
  expect(said).toContain('openssl pkcs12 -export')

  // A desk without a certificate: Chromium asks nobody anything, and the page says what is missing.
  const without = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  await logIn(without, 'wangq', once)
  await expect(without.getByRole('alert')).toContainText('须用客户端证书登录')
  await without.screenshot({ path: info.outputPath('01-without.png') })

  // The desk that has it.
  const context = await chrome.newContext({
    ignoreHTTPSErrors: true,
    viewport: WIDE,
    locale: 'zh-CN',
    clientCertificates: [{ origin: bareRelay.origin, certPath: pem, keyPath: pem }],
  })
  const desk = await context.newPage()
  await desk.goto(bareRelay.origin)
  await logIn(desk, 'wangq', once)
  await changeFirst(desk, once, PASSWORD)
  await expect(desk.getByRole('navigation')).toBeVisible()
  await go(desk, '我的账号')
  await expect(desk.getByRole('region', { name: '客户端证书' })).toContainText('本机正在使用')
  await desk.screenshot({ path: info.outputPath('02-own.png'), fullPage: true })

  // Revoked, it lets nobody in, and the log-in it made is over.
  await go(admin, '账号')
  const row = admin.getByRole('row', { name: /王强/ })
  await row.getByRole('button', { name: '证书（1）' }).click()
  const list = admin.getByRole('dialog')
  await list.getByRole('button', { name: '吊销' }).click()
  await admin.screenshot({ path: info.outputPath('03-revoking.png') })
  await list.getByRole('group', { name: '吊销' }).getByRole('button', { name: '吊销' }).click()
  await expect(list.getByRole('button', { name: '吊销' })).toHaveCount(0)
  await admin.screenshot({ path: info.outputPath('04-revoked.png') })
  await desk.reload()
  await expect(desk.getByRole('button', { name: '登录' })).toBeVisible()
  await logIn(desk, 'wangq', PASSWORD)
  await expect(desk.getByRole('alert')).toContainText('解除证书要求')
  await desk.screenshot({ path: info.outputPath('05-lost.png') })

  // Until the security administrator says that it needs none.
  await admin.keyboard.press('Escape')
  await row.getByRole('button', { name: '解除证书要求' }).click()
  await admin.screenshot({ path: info.outputPath('06-releasing.png') })
  await admin.getByRole('dialog').getByRole('button', { name: '解除证书要求' }).click()
  await expect(row.getByRole('button', { name: '解除证书要求' })).toHaveCount(0)
  await logIn(desk, 'wangq', PASSWORD)
  await expect(desk.getByRole('navigation')).toBeVisible()
  await context.close()
})
