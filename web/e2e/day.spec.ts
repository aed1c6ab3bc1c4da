import type { Page } from '@playwright/test'
import { writeFile } from 'node:fs/promises'
import { Caller } from './encoders'
import { expect, test } from './fixtures'
import { observe } from './in-page'
import { ADMIN_PASSWORD, ask, changeFirst, logIn, OPERATOR_PASSWORD, PHONE, SCREEN, WIDE } from './people'
import { received } from './probe'
import { freeUdpPort } from './relay'

const PASSPHRASE = 'correct_horse'
const TITLE = '全省防汛视频会议'
const PATIENCE_MS = 60_000
const HOUR = 3_600_000
/** From when everything is planned until it begins: as long as the joint test takes. */
const BEFORE_MS = 110_000

/** Monday of the week after the next one here, as `YYYY-MM-DD`: its joint test is on no day of this week. */
function monday(): string {
  const day = new Date(Date.now() + 8 * HOUR)
  day.setUTCDate(day.getUTCDate() + (15 - (day.getUTCDay() === 0 ? 7 : day.getUTCDay())))
  return day.toISOString().slice(0, 10)
}

const change = (page: Page, path: string, body: object): Promise<string> =>
  page.evaluate(async ([to, what]) => {
    const answer = await fetch(to, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify(what) })
    return answer.ok ? '' : answer.text()
  }, [path, body] as const)

test('a province meeting from its notice to the library: a conflict, a liaison’s answer, joint test, roll call, by itself on air, killed in the middle, longer, over', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(480_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const port = await freeUdpPort()
  const caller = new Caller(port, PASSPHRASE)
  try {
    // The server is killed on purpose: every page complains of it.
    const admin = await openAt(bareRelay, '/', { size: WIDE, outage: true })
    await logIn(admin, 'admin', bareRelay.firstPassword)
    await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
    await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const office = String((await ask(admin, '/api/units', { name: '县水务局' })).id)
    const person = async (login: string, name: string, role: string, unit: string | null = null) => {
      const made = await ask(admin, '/api/accounts', { login, name, unit, roles: [role] })
      return { once: String(made.oneTimePassword), id: (made.account as { id: string }).id }
    }
    const [duty, zhao] = [await person('liwei', '李伟', 'operator'), await person('zhaoyun', '赵云', 'liaison', office)]
    expect(await change(admin, `/api/units/${office}`, { liaisons: [zhao.id] })).toBe('')

    const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true, zone: 'Asia/Shanghai' })
    await logIn(operator, 'liwei', duty.once)
    await changeFirst(operator, duty.once, OPERATOR_PASSWORD)
    await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const branch = String((await ask(operator, '/api/venues', { name: '马过河镇' })).id)

    // Registered from the province's telegram; the county's own meeting gives way.
    await operator.goto(`${bareRelay.origin}/schedule?view=week&day=${monday()}`)
    await operator.getByRole('button', { name: /上午在县主会场新建会议/ }).first().press('Enter')
    await expect(operator.getByLabel('会议名称')).toBeFocused()
    await operator.keyboard.type('全县项目调度会')
    await expect(operator.getByText('会场、线路和人员都不冲突')).toBeVisible()
    await operator.keyboard.press('Enter')
    await expect(operator.getByRole('button', { name: /09:00 – 11:00.*全县项目调度会/ })).toBeVisible()
    await operator.getByRole('button', { name: /上午在县主会场新建会议/ }).first().click()
    await operator.getByLabel('会议名称').fill(TITLE)
    await operator.getByRole('radio', { name: /收听收看上级会议/ }).check()
    await operator.getByRole('button', { name: '同意改期' }).click()
    await shot(operator, '01-conflict')
    await operator.getByRole('button', { name: '建立会议' }).click()
    await expect(operator.getByRole('button', { name: /14:00 – 16:00.*全县项目调度会/ })).toBeVisible()
    const meetings = await operator.evaluate(async () => (await (await fetch('/api/meetings')).json()) as { id: string; title: string }[])
    const id = meetings.find(({ title }) => title === TITLE)?.id ?? ''

    // Its line, and that it opens and is recorded by itself. The telegram says an earlier time: in two minutes.
    const leg = await ask(operator, '/api/legs', { name: '省主会场', meeting: id, source: { kind: 'srtListener', port, passphrase: PASSPHRASE, latencyMs: 200 } })
    const startsAtMs = Date.now() + BEFORE_MS
    const opening = { byItself: true, beforeMinutes: 0, recorded: true, microphones: 'closed', banner: '' }
    expect(await change(operator, `/api/meetings/${id}`, { line: leg.id, startsAtMs, endsAtMs: startsAtMs + HOUR, venues: ['county', branch], opening })).toBe('')

    // The liaison reads it on the telephone, confirms, and names who comes.
    await ask(operator, `/api/meetings/${id}/attendance/invite`, { units: [office] })
    const liaison = await openAt(bareRelay, '/', { size: PHONE, outage: true, zone: 'Asia/Shanghai' })
    await logIn(liaison, 'zhaoyun', zhao.once)
    await changeFirst(liaison, zhao.once, 'Malong-2026-water')
    await liaison.goto(`${bareRelay.origin}/notices`)
    await liaison.getByText(TITLE).first().click()
    await liaison.getByRole('button', { name: /确认收到/ }).click()
    await expect(liaison.getByText('已回执').first()).toBeVisible()
    await shot(liaison, '02-liaison')

    // The joint test, by keyboard, with the province's picture.
    const slot = await ask(operator, `/api/meetings/${id}/joint-test`, { startsAtMs: Date.now(), endsAtMs: startsAtMs - 5000 })
    await caller.on()
    await operator.goto(`${bareRelay.origin}/joint-test?of=${String(slot.id)}`)
    await operator.getByRole('button', { name: '开始联调' }).click()
    await expect(operator.getByRole('region', { name: '实时信号' })).toContainText('320×180', { timeout: PATIENCE_MS })
    await operator.getByRole('button', { name: /^测量/ }).click()
    await expect(operator.locator('.joint-measured').getByText('省主会场：已接通')).toBeVisible({ timeout: PATIENCE_MS })
    await operator.locator('body').click({ position: { x: 5, y: 5 } })
    const items = operator.locator('.joint-items li')
    for (let at = 0; at < (await items.count()); at += 1) {
      await items.nth(at).getByRole('button', { name: /不涉及/ }).click()
      await expect(items.nth(at)).not.toHaveClass(/open/)
    }
    await operator.getByRole('button', { name: '结束联调：合格' }).click()
    await operator.getByRole('dialog').getByRole('button', { name: /结束联调/ }).click()
    await expect(operator.getByRole('status').first()).toContainText('就绪')
    await shot(operator, '03-ready')

    // Roll call before it begins: the branch has a fault.
    await operator.goto(`${bareRelay.origin}/?roll=${id}`)
    await operator.getByRole('button', { name: /开始点名/ }).press('Enter')
    await expect(operator.getByRole('listitem', { name: '马过河镇' })).toBeFocused()
    await operator.keyboard.press('F5')
    await expect(operator.getByRole('status').getByText('马过河镇')).toBeVisible()
    await operator.keyboard.press('3')
    await expect(operator.getByRole('listitem', { name: '马过河镇' }).getByText('故障', { exact: true })).toBeVisible()
    await shot(operator, '04-roll-call')

    // Nobody touches anything: it opens with the province's picture, and is recorded.
    const screen = await operator.context().newPage()
    await screen.setViewportSize(SCREEN)
    await screen.addInitScript(observe)
    await screen.goto(`${bareRelay.origin}/screen/${id}`)
    await expect(screen.getByRole('timer')).toBeVisible()
    await shot(screen, '05-before')
    await operator.goto(`${bareRelay.origin}/`)
    await expect(operator.getByRole('heading', { name: TITLE })).toBeVisible({ timeout: BEFORE_MS })
    expect(Date.now()).toBeGreaterThanOrEqual(startsAtMs)
    await expect(operator.getByText('正在录制').first()).toBeVisible({ timeout: PATIENCE_MS })
    await expect.poll(async () => (await received(screen)).frames, { timeout: PATIENCE_MS }).toBeGreaterThan(20)
    await expect(screen.getByLabel('正在播出')).toContainText('省主会场')
    await shot(screen, '06-on-air')

    // Killed in the middle: the same meeting, the same picture, closed microphones, and the recording goes on.
    await bareRelay.kill()
    await expect(screen.getByText('正在连接…')).toBeVisible({ timeout: 10_000 })
    const began = Date.now()
    await bareRelay.up()
    await expect(screen.getByLabel('正在播出')).toContainText('省主会场', { timeout: PATIENCE_MS })
    await expect.poll(async () => (await received(screen)).frames, { intervals: [100], timeout: PATIENCE_MS }).toBeGreaterThan(2)
    const took = Date.now() - began
    process.stdout.write(`      from the restart to the province's moving picture: ${(took / 1000).toFixed(1)} s\n`)
    expect(took).toBeLessThan(10_000)
    const stage = await operator.evaluate(async (of) => (await (await fetch(`/api/meetings/${of}/stage`)).json()) as { onAir: string; heard: { who: string; participants?: string[] } }, id)
    expect(stage.onAir).toBe(leg.id)
    expect(stage.heard, 'the province is heard, and nobody of the county').toEqual({ who: 'only', participants: [leg.id] })
    await expect(operator.getByText('正在录制').first()).toBeVisible({ timeout: PATIENCE_MS })
    await shot(operator, '07-after-kill')

    // Longer, over, and in the library under its title.
    const planned = operator.getByRole('region', { name: '计划时间' })
    const before = await planned.getByRole('status').textContent()
    await planned.getByRole('button', { name: '延长 15 分钟' }).click()
    await expect(planned.getByRole('status')).not.toHaveText(before ?? '')
    await operator.getByRole('button', { name: '结束会议' }).click()
    await operator.getByRole('button', { name: '结束会议，断开所有会场' }).click()
    await expect(operator.getByRole('heading', { name: TITLE })).toHaveCount(0)
    await operator.goto(`${bareRelay.origin}/recordings`)
    await expect(operator.getByText(TITLE).first()).toBeVisible()
    await shot(operator, '08-library')

    // The notice, to be looked at.
    const notice = await operator.request.get(`${bareRelay.origin}/api/meetings/${id}/notice.pdf`)
    expect(notice.ok()).toBe(true)
    const pdf = await notice.body()
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    await writeFile(info.outputPath('notice.pdf'), pdf)
  } finally {
    await caller.off()
  }
})
