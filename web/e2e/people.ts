import type { Page } from '@playwright/test'
import { createHmac } from 'node:crypto'
import { expect } from './fixtures'

export const WIDE = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }
export const SCREEN = { width: 1920, height: 1080 }
export const ADMIN_PASSWORD = 'Malong-2026-first'
export const OPERATOR_PASSWORD = 'Malong-2026-duty'
export const LEADER_PASSWORD = 'Malong-2026-desk'

export async function logIn(page: Page, login: string, password: string): Promise<void> {
  await page.getByLabel('账号').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录' }).click()
}

/** The first log-in of an account: the one-time password is changed before anything else works. */
export async function changeFirst(page: Page, once: string, next: string): Promise<void> {
  await expect(page.getByRole('heading', { name: '请先修改密码' })).toBeVisible()
  await page.getByLabel(/一次性密码/).fill(once)
  await page.getByLabel('新密码', { exact: true }).fill(next)
  await page.getByLabel('再输入一次新密码').fill(next)
  await page.getByRole('button', { name: '修改密码' }).click()
  // Whoever goes elsewhere before the answer is there leaves the old password in force.
  await expect(page.getByRole('heading', { name: '请先修改密码' })).toHaveCount(0)
}

export const go = (page: Page, place: string): Promise<void> => page.getByRole('navigation').getByRole('link', { name: place, exact: true }).click()

/** Presses a button that asks to be pressed again. */
export async function twice(page: Page, name: RegExp | string): Promise<void> {
  await page.getByRole('button', { name }).click()
  await page.getByRole('button', { name: /再按一次确认/ }).click({ delay: 400 })
}

/** Asks the server for a change as the page itself would, with the page's log-in. */
export const ask = (page: Page, path: string, body: object): Promise<Record<string, unknown>> =>
  page.evaluate(
    async ([to, what]) => {
      const answer = await fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) })
      const said = (await answer.json()) as Record<string, unknown>
      if (!answer.ok) throw new Error(JSON.stringify(said))
      return said
    },
    [path, body] as const,
  )

/** What an authenticator shows now for this secret (RFC 6238). */
export function shows(base32: string, now = Date.now()): string {
  const bits = Array.from(base32, (letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const tag = createHmac('sha1', secret).update(step).digest()
  return String((tag.readUInt32BE((tag.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
