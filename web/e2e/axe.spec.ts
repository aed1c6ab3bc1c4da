import type { Page } from '@playwright/test'
import { findings } from './findings'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, logIn, PHONE, WIDE } from './people'

const PASSWORD = 'Malong-2026-axe'

/** Every page somebody has, and these, at a desk and on a telephone. */
async function walk(page: Page, who: string, beside: string[] = []): Promise<string[]> {
  const found: string[] = []
  const paths = await page.getByRole('navigation').getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))
  for (const path of [...paths, ...beside]) {
    for (const size of [WIDE, PHONE]) {
      await page.setViewportSize(size)
      await page.goto(new URL(path, page.url()).href)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      found.push(...(await findings(page, `${who} ${path} ${String(size.width)}`)))
    }
  }
  return found
}

/** What opens over a page, and the pages of a meeting. */
async function look(page: Page, meeting: string, venue: string): Promise<string[]> {
  const found: string[] = []
  const origin = new URL(page.url()).origin
  for (const size of [WIDE, PHONE]) {
    const add = async (what: string) => found.push(...(await findings(page, `${what} ${String(size.width)}`)))
    await page.setViewportSize(size)
    await page.goto(`${origin}/schedule?view=list`)
    await page.getByRole('button', { name: /全县防汛调度会议/ }).first().click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await add('sheet')
    await page.goto(`${origin}/meetings`)
    await page.getByRole('button', { name: /^新建会议/ }).first().click()
    await expect(page.getByLabel('会议名称')).toBeVisible()
    await add('form')
    for (const path of [`/join/${meeting}`, `/screen/${meeting}`, `/room/${venue}`]) {
      await page.goto(origin + path)
      await expect(page.locator('main, .slate').first()).toBeVisible()
      await add(path.split('/')[1] ?? '')
    }
  }
  return found
}

test('no page has a serious fault for whoever can’t see or use a mouse', async ({ bareRelay, openAt }) => {
  test.setTimeout(300_000)
  const admin = await openAt(bareRelay, '/', { size: WIDE, outage: true })
  let found = await findings(admin, 'log-in')
  await logIn(admin, 'admin', bareRelay.firstPassword)
  found = found.concat(await findings(admin, 'first password'))
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  const venue = String((await ask(admin, '/api/venues', { name: '一楼会议室' })).id)
  const people: [string, string[]][] = [
    ['wangxl', ['operator', 'clerk']],
    ['lixz', ['approver', 'leader']],
    ['zhaojun', ['liaison']],
    ['shenji', ['audit_admin']],
  ]
  const once = new Map<string, string>()
  for (const [login, roles] of people) once.set(login, String((await ask(admin, '/api/accounts', { login, name: '王秀兰', roles })).oneTimePassword))
  found = found.concat(await walk(admin, 'admin', ['/api-docs']))
  for (const [login] of people) {
    const page = await openAt(bareRelay, '/', { size: WIDE, outage: true })
    await logIn(page, login, once.get(login) ?? '')
    await changeFirst(page, once.get(login) ?? '', PASSWORD)
    await expect(page.getByRole('navigation')).toBeVisible()
    let meeting = ''
    if (login === 'wangxl') {
      const starts = Date.now()
      const plan = { title: '全县防汛调度会议', startsAtMs: starts, endsAtMs: starts + 7_200_000, kind: 'own', codec: 'h264', venues: [venue] }
      meeting = String((await ask(page, '/api/meetings', plan)).id)
      await ask(page, '/api/meetings', { ...plan, startsAtMs: starts + 86_400_000, endsAtMs: starts + 90_000_000 })
      await ask(page, `/api/meetings/${meeting}/open`, {})
    }
    const beside: Record<string, string[]> = { wangxl: ['/checklist'] }
    found = found.concat(await walk(page, login, beside[login]))
    if (login === 'wangxl') found = found.concat(await look(page, meeting, venue))
    await page.context().close()
  }
  expect(found).toEqual([])
})
