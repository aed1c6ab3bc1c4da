import type { Page } from '@playwright/test'
import { Caller } from './encoders'
import { expect, test } from './fixtures'
import { chooseAt, pickAt, pressAt, typeAt } from './keys'
import { ADMIN_PASSWORD, ask, OPERATOR_PASSWORD, WIDE } from './people'
import { freeUdpPort } from './relay'

const PASSPHRASE = 'correct_horse'
const TITLE = '全省防汛视频会议'
const OWN = '全县项目调度会'
const PATIENCE_MS = 60_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A moment as the pages' date fields take it, on clocks here. */
const typed = (ms: number): string => new Date(ms + 8 * HOUR).toISOString().slice(0, 16).replace('T', ' ')

async function logIn(page: Page, login: string, once: string, password: string): Promise<void> {
  await expect(page.getByLabel('账号')).toBeFocused()
  await page.keyboard.type(login)
  await typeAt(page, page.getByLabel('密码', { exact: true }), once)
  await page.keyboard.press('Enter')
  await expect(page.getByLabel(/一次性密码/)).toBeFocused()
  await page.keyboard.type(once)
  await typeAt(page, page.getByLabel('新密码', { exact: true }), password)
  await typeAt(page, page.getByLabel('再输入一次新密码'), password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: '请先修改密码' })).toHaveCount(0)
  await expect(page.getByRole('navigation')).toBeVisible()
}

async function go(page: Page, place: string): Promise<void> {
  await pressAt(page, page.getByRole('navigation').getByRole('link', { name: place, exact: true }))
  await expect(page.getByRole('navigation').getByRole('link', { name: place, exact: true })).toHaveAttribute('aria-current', 'page')
}

test('the whole path by keyboard alone: two meetings in each other’s way, the notice, the joint test, roll call, on air, longer, over, in the library', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(480_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const port = await freeUdpPort()
  const caller = new Caller(port, PASSPHRASE)
  try {
    const admin = await openAt(bareRelay, '/', { size: WIDE })
    await logIn(admin, 'admin', bareRelay.firstPassword, ADMIN_PASSWORD)
    const office = String((await ask(admin, '/api/units', { name: '县水务局' })).id)
    const person = async (login: string, name: string, role: string) => {
      const made = await ask(admin, '/api/accounts', { login, name, unit: office, roles: [role] })
      return { once: String(made.oneTimePassword), id: (made.account as { id: string }).id }
    }
    const [duty, zhao, wang] = [await person('liwei', '李伟', 'operator'), await person('zhaoyun', '赵云', 'liaison'), await person('wangxl', '王秀兰', 'clerk')]
    const kept = await admin.evaluate(async ([unit, liaison]) => (await fetch(`/api/units/${unit}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ liaisons: [liaison] }) })).status, [office, zhao.id] as const)
    expect(kept).toBe(204)

    // Its picture of the meeting says goodbye to a room that is gone.
    const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true, zone: 'Asia/Shanghai' })
    await logIn(operator, 'liwei', duty.once, OPERATOR_PASSWORD)
    await ask(operator, '/api/venues', { name: '马过河镇' })

    // Registered on the board of the week after the next: the county's own meeting gives way to the province's.
    await go(operator, '排期')
    for (let week = 0; week < 2; week += 1) await pressAt(operator, operator.getByRole('button', { name: '下一周' }))
    const cell = operator.getByRole('button', { name: /上午在县主会场新建会议/ }).first()
    await pressAt(operator, cell)
    await expect(operator.getByLabel('会议名称')).toBeFocused()
    await operator.keyboard.insertText(OWN)
    await expect(operator.getByText('会场、线路和人员都不冲突')).toBeVisible()
    await operator.keyboard.press('Enter')
    await expect(operator.getByRole('button', { name: new RegExp(`09:00 – 11:00.*${OWN}`) })).toBeVisible()
    await pressAt(operator, cell)
    await expect(operator.getByLabel('会议名称')).toBeFocused()
    await operator.keyboard.insertText(TITLE)
    const form = operator.getByRole('dialog')
    await expect(form.getByText(new RegExp(`这段时间已安排给「${OWN}」`))).toBeVisible()
    await chooseAt(operator, /收听收看上级会议/)
    await pressAt(operator, form.getByRole('button', { name: '同意改期' }))
    await shot(operator, '01-conflict')
    await pressAt(operator, form.getByRole('button', { name: '建立会议' }))
    await expect(operator.getByRole('button', { name: new RegExp(`14:00 – 16:00.*${OWN}`) })).toBeVisible()

    // Its line.
    await go(operator, '线路')
    await pressAt(operator, operator.getByRole('button', { name: '接入线路' }))
    await expect(form.getByLabel('线路名称')).toBeFocused()
    await operator.keyboard.insertText('省主会场')
    await pickAt(operator, form.getByLabel('接入哪个会议'), TITLE)
    await chooseAt(operator, /SRT：等待编码器呼叫本机/)
    await typeAt(operator, form.getByLabel('本机监听的 UDP 端口'), String(port))
    await typeAt(operator, form.getByLabel(/^加密口令/), PASSPHRASE)
    await shot(operator, '02-line')
    await pressAt(operator, form.getByRole('button', { name: '接入线路' }))
    await expect(form).toHaveCount(0)
    await expect(operator.getByText('省主会场')).toBeVisible()

    // A second telegram says an earlier time: today. The line goes to the meeting, too.
    const startsAtMs = Math.ceil((Date.now() + 45 * MINUTE) / (5 * MINUTE)) * 5 * MINUTE
    await go(operator, '排期')
    for (let week = 0; week < 2; week += 1) await pressAt(operator, operator.getByRole('button', { name: '下一周' }))
    await pressAt(operator, operator.getByRole('button', { name: new RegExp(`09:00 – 11:00.*${TITLE}`) }))
    await pressAt(operator, form.getByRole('button', { name: /^修\s*改$/ }))
    await expect(form.getByLabel('会议名称')).toBeFocused()
    await typeAt(operator, form.getByLabel('开始时间'), typed(startsAtMs))
    await operator.keyboard.press('Enter')
    await expect(form.getByLabel('开始时间')).toHaveValue(typed(startsAtMs))
    await pressAt(operator, form.getByRole('checkbox', { name: '马过河镇' }), 'Space')
    await pickAt(operator, form.getByLabel('上会线路'), '省主会场')
    await expect(form.getByText('会场、线路和人员都不冲突')).toBeVisible()
    await shot(operator, '03-moved')
    await pressAt(operator, form.getByRole('button', { name: /^保\s*存$/ }))
    await expect(form).toHaveCount(0)

    // The unit is invited; its liaison reads, confirms, and names who comes.
    await go(operator, '参会名单')
    await pressAt(operator, operator.getByRole('link', { name: `参会名单：${TITLE}` }))
    await pressAt(operator, operator.getByRole('button', { name: '邀请单位' }))
    await expect(form.getByRole('textbox')).toBeFocused()
    await pressAt(operator, form.getByRole('checkbox', { name: '县水务局' }), 'Space')
    await pressAt(operator, form.getByRole('button', { name: '邀请 1 个单位' }))
    await expect(form).toHaveCount(0)
    const liaison = await openAt(bareRelay, '/', { size: WIDE, zone: 'Asia/Shanghai' })
    await logIn(liaison, 'zhaoyun', zhao.once, 'Malong-2026-water')
    await go(liaison, '本单位的通知')
    await pressAt(liaison, liaison.getByRole('link', { name: new RegExp(TITLE) }))
    await expect(liaison.getByRole('heading', { level: 1 })).toHaveText(TITLE)
    await pressAt(liaison, liaison.getByRole('button', { name: '确认收到（回执）' }))
    await expect(liaison.getByText(/赵云.*已回执/)).toBeVisible()
    await typeAt(liaison, liaison.getByLabel('姓名'), '李军')
    await typeAt(liaison, liaison.getByLabel('职务'), '局长')
    await liaison.keyboard.press('Enter')
    await expect(liaison.getByRole('listitem', { name: '李军' })).toBeVisible()
    await expect(liaison.getByLabel('姓名'), 'the next can be typed at once').toBeFocused()
    await shot(liaison, '04-liaison')

    // The joint test is planned for now, and its result is what the province's picture says.
    await caller.on()
    await go(operator, '排期')
    const block = operator.getByRole('button', { name: new RegExp(TITLE) }).first()
    await pressAt(operator, block)
    const [notice] = await Promise.all([operator.waitForEvent('download'), pressAt(operator, form.getByRole('link', { name: '会议通知 PDF' }))])
    expect(notice.suggestedFilename()).toBe(`${TITLE} 通知.pdf`)
    await pressAt(operator, form.getByRole('button', { name: /安排联调/ }))
    await pressAt(operator, operator.getByRole('dialog', { name: /联调/ }).getByRole('button', { name: /安排联调/ }))
    await expect(form).toHaveCount(0)
    await pressAt(operator, operator.locator('.board-block.test').first())
    await pressAt(operator, form.getByRole('link', { name: '打开联调' }))
    await pressAt(operator, operator.getByRole('button', { name: '开始联调' }))
    await expect(operator.getByRole('region', { name: '实时信号' })).toContainText('320×180', { timeout: PATIENCE_MS })
    await pressAt(operator, operator.getByRole('button', { name: /^测量/ }))
    await expect(operator.locator('.joint-measured').getByText('省主会场：已接通')).toBeVisible({ timeout: PATIENCE_MS })
    const items = operator.locator('.joint-items li')
    for (let at = 0; at < (await items.count()); at += 1) {
      if (await items.nth(at).evaluate((row) => row.classList.contains('good'))) continue
      // The choice stands at the next open item; one that a machine found bad lies before it.
      const chosen = () => items.evaluateAll((rows) => rows.findIndex((row) => row.getAttribute('aria-current') === 'true'))
      for (let steps = await items.count(); steps > 0 && (await chosen()) !== at; steps -= 1) await operator.keyboard.press((await chosen()) < at ? 'ArrowDown' : 'ArrowUp')
      await expect(items.nth(at)).toHaveAttribute('aria-current', 'true')
      await operator.keyboard.press('0')
      await expect(items.nth(at)).toHaveClass(/absent/)
    }
    await pressAt(operator, operator.getByRole('button', { name: '结束联调：合格' }))
    await expect(form.getByRole('button', { name: '结束联调：合格' }), 'Enter is the second press').toBeFocused()
    await operator.keyboard.press('Enter')
    await expect(operator.getByRole('status').first()).toContainText('就绪')
    await shot(operator, '05-ready')

    // Roll call before it begins: the branch has a fault.
    await go(operator, '值班台')
    const next = operator.getByRole('region', { name: '下一场会议' }).getByRole('listitem').filter({ hasText: TITLE })
    await pressAt(operator, next.getByRole('link', { name: '会前点名' }))
    await expect(operator.getByRole('button', { name: /开始点名/ })).toBeFocused()
    await operator.keyboard.press('Enter')
    const row = operator.getByRole('listitem', { name: '马过河镇' })
    await expect(row).toBeFocused()
    await operator.keyboard.press('F5')
    await expect(operator.getByRole('status').getByText('马过河镇')).toBeVisible()
    await operator.keyboard.press('3')
    await expect(row.getByText('故障', { exact: true })).toBeVisible()
    await operator.keyboard.press('4')
    await expect(operator.getByLabel('马过河镇的说明')).toBeFocused()
    await operator.keyboard.insertText('没有声音，正在抢修')
    await operator.keyboard.press('Enter')
    await expect(row.getByText('没有声音，正在抢修')).toBeVisible()
    await operator.keyboard.press('0')
    await expect(operator.getByRole('button', { name: /再按一次确认/ })).toBeFocused()
    await operator.keyboard.press('Space', { delay: 400 })
    await expect(operator.getByRole('button', { name: /重新点名/ })).toBeVisible()
    await shot(operator, '06-roll-call')

    // Opened by hand; Escape leaves it as it was and gives the keyboard back.
    await pressAt(operator, operator.getByRole('link', { name: '返回值班台' }))
    const open = next.getByRole('button', { name: '开始会议' })
    await pressAt(operator, open)
    await expect(form.getByRole('button', { name: '开始会议' })).toBeFocused()
    await operator.keyboard.press('Escape')
    await expect(form).toHaveCount(0)
    await expect(open).toBeFocused()
    await operator.keyboard.press('Enter')
    await expect(form.getByRole('button', { name: '开始会议' })).toBeFocused()
    await operator.keyboard.press('Enter')
    await expect(operator.getByRole('heading', { name: TITLE })).toBeVisible()
    await pressAt(operator, operator.getByRole('button', { name: '开始录制本会议' }))
    await expect(operator.getByText('正在录制', { exact: true })).toBeVisible({ timeout: PATIENCE_MS })
    const mark = operator.getByRole('button', { name: '在录像里做标记' })
    await pressAt(operator, mark)
    await expect(form.getByLabel('标记内容')).toBeFocused()
    await operator.keyboard.insertText('省领导讲话')
    await operator.keyboard.press('Enter')
    await expect(form).toHaveCount(0)
    await expect(mark).toBeFocused()
    await shot(operator, '07-on-air')

    // Longer, over, and in the library under its title.
    const planned = operator.getByRole('region', { name: '计划时间' })
    const before = await planned.getByRole('status').textContent()
    await pressAt(operator, planned.getByRole('button', { name: '延长 15 分钟' }))
    await expect(planned.getByRole('status')).not.toHaveText(before ?? '')
    await pressAt(operator, operator.getByRole('button', { name: '结束会议' }))
    await expect(form.getByRole('button', { name: '结束会议，断开所有会场' })).toBeFocused()
    await operator.keyboard.press('Enter')
    await expect(operator.getByRole('heading', { name: TITLE })).toHaveCount(0)
    const clerk = await openAt(bareRelay, '/', { size: WIDE, zone: 'Asia/Shanghai' })
    await logIn(clerk, 'wangxl', wang.once, 'Malong-2026-clerk')
    await go(clerk, '录像')
    await typeAt(clerk, clerk.getByLabel('查找录像'), '防汛')
    await clerk.keyboard.press('Enter')
    const recording = clerk.getByRole('row').filter({ hasText: TITLE })
    await pressAt(clerk, recording.getByRole('button', { name: /播放/ }))
    await expect(clerk.getByRole('heading', { level: 1 })).toContainText(TITLE)
    await shot(clerk, '08-library')
  } finally {
    await caller.off()
  }
})

test('an emergency begins by keyboard while another meeting has a venue', async ({ bareRelay, openAt }) => {
  test.setTimeout(120_000)
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword, ADMIN_PASSWORD)
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true, zone: 'Asia/Shanghai' })
  await logIn(operator, 'liwei', once, OPERATOR_PASSWORD)
  const taken = String((await ask(operator, '/api/venues', { name: '通泉街道会议室' })).id)
  const startsAtMs = Date.now()
  const other = String((await ask(operator, '/api/meetings', { title: OWN, startsAtMs, endsAtMs: startsAtMs + 2 * HOUR, kind: 'own', codec: 'h264', venues: [taken] })).id)
  await ask(operator, `/api/meetings/${other}/open`, {})
  await expect(operator.getByRole('button', { name: '结束会议' }), 'the page has heard of it').toBeVisible()
  await go(operator, '排期')
  await pressAt(operator, operator.getByRole('button', { name: '紧急会议' }))
  const form = operator.getByRole('dialog')
  await expect(form.getByLabel('会议名称')).toBeFocused()
  await expect(form.getByText(new RegExp(`通泉街道会议室.*${OWN}`))).toBeVisible()
  await expect(form.getByRole('checkbox', { name: '通泉街道会议室' })).not.toBeChecked()
  await operator.keyboard.insertText('山洪灾害紧急会商')
  await expect(form.getByText('会场、线路和人员都不冲突')).toBeVisible()
  await operator.keyboard.press('Enter')
  await expect(operator.getByText('山洪灾害紧急会商').first()).toBeVisible()
  await expect(form).toHaveCount(0)
})
