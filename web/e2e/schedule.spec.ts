import type { Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { observe } from './in-page'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, OPERATOR_PASSWORD, PHONE, SCREEN, WIDE } from './people'

const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

/** Monday of the week after the next one, as `YYYY-MM-DD`, and days after it: its joint tests are on no day of this week. */
function monday(later = 0): string {
  // As the clock on the wall has it here.
  const day = new Date(Date.now() + 8 * 3_600_000)
  day.setUTCDate(day.getUTCDate() + (15 - (day.getUTCDay() === 0 ? 7 : day.getUTCDay())) + later)
  return day.toISOString().slice(0, 10)
}

test('meetings are planned on the week board, an upper one comes first, one comes again, and an emergency starts at once', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(180_000)
  const shot = async (page: Page, name: string) => {
    for (const [size, kind] of [[WIDE, ''], [PHONE, '-telephone'], [SCREEN, '-wide']] as const) {
      await page.setViewportSize(size)
      await page.screenshot({ path: info.outputPath(`${name}${kind}.png`), fullPage: kind === '-telephone' })
    }
    await page.setViewportSize(WIDE)
  }
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  // A list of holidays that is wrong is refused on purpose.
  const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true, zone: 'Asia/Shanghai' })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()

  // By keyboard alone: a cell of the board, the title, Enter.
  await operator.goto(`${bareRelay.origin}/schedule?view=week&day=${monday()}`)
  await operator.getByRole('button', { name: /上午在县主会场新建会议/ }).first().focus()
  await operator.keyboard.press('Enter')
  await expect(operator.getByLabel('会议名称')).toBeFocused()
  await operator.keyboard.type('全县项目调度会')
  await expect(operator.getByText('会场、线路和人员都不冲突')).toBeVisible()
  await operator.keyboard.press('Enter')
  const own = operator.getByRole('button', { name: /09:00 – 11:00.*全县项目调度会/ })
  await expect(own).toBeVisible()
  await shot(operator, '01-week')

  // Another of the county's own is refused and told when it would fit; one of the province moves the first.
  await operator.getByRole('button', { name: /上午在县主会场新建会议/ }).first().click()
  await operator.getByLabel('会议名称').fill('全省防汛视频会议')
  await expect(operator.getByText(/会场「县主会场」这段时间已安排给「全县项目调度会」/)).toBeVisible()
  await expect(operator.getByText(/最近的空闲时间/)).toBeVisible()
  await expect(operator.getByRole('button', { name: '建立会议' })).toHaveAttribute('aria-disabled', 'true')
  await operator.getByText(/最近的空闲时间/).scrollIntoViewIfNeeded()
  await shot(operator, '02-refused')
  await operator.getByRole('radio', { name: /收听收看上级会议/ }).check()
  await expect(operator.getByText(/「全县项目调度会」由/)).toBeVisible()
  await operator.getByRole('button', { name: '同意改期' }).click()
  await expect(operator.getByText('已同意改期')).toBeVisible()
  await shot(operator, '03-moved')
  await operator.getByRole('button', { name: '建立会议' }).click()
  await expect(operator.getByRole('button', { name: /14:00 – 16:00.*全县项目调度会/ })).toBeVisible()
  await expect(operator.getByRole('button', { name: /09:00 – 11:00.*全省防汛视频会议/ })).toBeVisible()

  // What is printed is the board, without the page around it.
  await operator.emulateMedia({ media: 'print' })
  await expect(own.or(operator.getByRole('button', { name: /全省防汛视频会议/ })).first()).toBeVisible()
  await expect(operator.getByRole('navigation')).toBeHidden()
  await operator.setViewportSize({ width: 1047, height: 718 })
  await operator.screenshot({ path: info.outputPath('04-printed.png') })
  await operator.emulateMedia({ media: 'screen' })
  await operator.setViewportSize(WIDE)

  // Holidays: the third Wednesday is off, so the meeting of that week is put off to Thursday.
  const wednesday = monday(16)
  await go(operator, '会议')
  await operator.getByRole('button', { name: '节假日' }).click()
  const file = operator.getByLabel(/选择节假日名单文件/)
  await file.setInputFiles(csv('放假.csv', `日期,放假或上班,节日\n${wednesday},放假,校庆\n${monday(17)},上班,校庆\n`))
  await expect(operator.getByText(/有 1 行不符合要求/)).toBeVisible()
  await shot(operator, '05-holidays-wrong')
  await file.setInputFiles(csv('放假.csv', `日期,放假或上班,节日\n${wednesday},放假,校庆\n`))
  await operator.getByRole('button', { name: '导入：新增 1 项，修改 0 项' }).click()
  await expect(operator.getByText('已导入：新增 1 项，修改 0 项。')).toBeVisible()

  await operator.goto(`${bareRelay.origin}/schedule?view=week&day=${monday()}`)
  await operator.getByRole('button', { name: /下午在县主会场新建会议/ }).nth(2).click()
  await operator.getByLabel('会议名称').fill('周例会')
  await operator.getByRole('combobox', { name: '重复', exact: true }).click()
  await operator.getByTitle('每周三').click()
  await operator.getByRole('combobox', { name: '遇节假日' }).click()
  await operator.getByTitle('顺延到下一个工作日').click()
  await operator.getByText('开够次数').click()
  await operator.getByRole('spinbutton', { name: '次数' }).fill('4')
  await expect(operator.getByText('共召开 4 次，其中改日 1 次')).toBeVisible()
  await operator.locator('.turns').scrollIntoViewIfNeeded()
  await shot(operator, '06-series')
  await operator.getByRole('button', { name: '建立 4 个会议' }).click()
  await expect(operator.getByRole('button', { name: /14:30 – 16:30.*周例会/ })).toBeVisible()
  await operator.goto(`${bareRelay.origin}/schedule?view=month&day=${wednesday}`)
  await expect(operator.getByText('休 校庆').first()).toBeVisible()
  await shot(operator, '07-month')
  await operator.goto(`${bareRelay.origin}/schedule?view=list&day=${monday()}`)
  await operator.getByRole('button', { name: /周例会/ }).nth(1).click()
  await operator.getByRole('button', { name: '取消会议' }).click()
  await operator.getByText('这一次和以后各次').click()
  await operator.getByLabel('取消的原因').fill('改为书面通报')
  await shot(operator, '08-cancel')
  await operator.getByRole('button', { name: '取消这一次和以后各次' }).click()
  await expect(operator.getByRole('button', { name: /周例会/ })).toHaveCount(1)

  // From the button to air: one screen, one press.
  await operator.goto(`${bareRelay.origin}/schedule`)
  const began = Date.now()
  await operator.getByRole('button', { name: '紧急会议' }).click()
  await expect(operator.getByText('会场、线路和人员都不冲突')).toBeVisible()
  await operator.screenshot({ path: info.outputPath('09-emergency.png') })
  await operator.getByRole('button', { name: '立即开始会议' }).click()
  await expect(operator.getByRole('heading', { name: '紧急会议' })).toBeVisible()
  process.stdout.write(`      emergency meeting on air after ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
  expect(Date.now() - began).toBeLessThan(60_000)

  // It goes on longer than it was planned.
  const planned = operator.getByRole('region', { name: '计划时间' })
  const before = await planned.getByRole('status').textContent()
  await planned.getByRole('button', { name: '延长 15 分钟' }).click()
  await expect(planned.getByRole('status')).not.toHaveText(before ?? '')
  await shot(operator, '10-extended')
})

test('a meeting is counted down on the duty desk and in its room, with a sound half an hour before', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(90_000)
  const admin = await openAt(bareRelay, '/', { size: WIDE })
  await logIn(admin, 'admin', bareRelay.firstPassword)
  await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
  const once = String((await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })).oneTimePassword)
  const operator = await openAt(bareRelay, '/', { size: WIDE, before: countTones })
  await logIn(operator, 'liwei', once)
  await changeFirst(operator, once, OPERATOR_PASSWORD)
  await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
  const venues = await operator.evaluate(async () => ((await (await fetch('/api/venues')).json()) as { id: string }[]).map(({ id }) => id))
  const startsAtMs = Date.now() + 30 * 60_000 + 15_000
  await ask(operator, '/api/meetings', { title: '全县防汛工作会议', startsAtMs, endsAtMs: startsAtMs + 3_600_000, kind: 'own', codec: 'h264', venues })

  await operator.goto(`${bareRelay.origin}/`)
  const room = await operator.context().newPage()
  await room.setViewportSize(SCREEN)
  await room.addInitScript(observe)
  await room.addInitScript(countTones)
  await room.goto(`${bareRelay.origin}/room/${venues[0] ?? ''}`)
  for (const page of [operator, room]) await expect(page.getByRole('timer')).toContainText('距开会还有 31 分钟')
  for (const [page, name] of [[operator, 'duty'], [room, 'room']] as const) {
    await expect(page.getByRole('timer')).toContainText('距开会还有 30 分钟')
    await expect.poll(() => page.evaluate(() => (window as Counted).tones), { message: 'two tones, once' }).toBe(2)
    await expect(page.getByRole('timer')).toBeInViewport({ ratio: 1 })
    await page.screenshot({ path: info.outputPath(`${name}.png`) })
  }
  // Wherever the room's words have wandered to, all of them are on the screen.
  for (let place = 0; place < 6; place++) {
    await room.locator('.idle-body').evaluate((body, at) => body.setAttribute('class', `idle-body idle-at-${at}`), place)
    const box = await room.locator('.idle-body').boundingBox()
    expect(box !== null && box.y >= 0 && box.y + box.height <= SCREEN.height, `place ${place}: ${JSON.stringify(box)}`).toBe(true)
  }
  await operator.setViewportSize(PHONE)
  await operator.screenshot({ path: info.outputPath('duty-telephone.png') })
})

type Counted = Window & typeof globalThis & { tones?: number }

/** Counts the tones that a page begins. */
function countTones(): void {
  const counted = window as Counted
  counted.tones = 0
  const { AudioContext: Real } = window
  window.AudioContext = class extends Real {
    override createOscillator(): OscillatorNode {
      counted.tones = (counted.tones ?? 0) + 1
      return super.createOscillator()
    }
  }
}
