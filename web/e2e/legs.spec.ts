import type { Locator, Page } from '@playwright/test'
import { Caller, Camera } from './encoders'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, OPERATOR_PASSWORD, SCREEN, twice, WIDE } from './people'
import { changed, look, loudness } from './probe'
import { freeUdpPort, type Relay } from './relay'

const HEARD_DB = -50
const PASSWORD = 'p@ss:word/1'
const PASSPHRASE = 'correct_horse'
/** Only ends a hung test: how long each return took is printed. */
const PATIENCE_MS = 60_000

interface Fill {
  name: string
  kind: RegExp
  fields: [label: string, value: string][]
}

/** Sets up a link by the form, for the only meeting there is. */
async function addLeg(page: Page, { name, kind, fields }: Fill): Promise<void> {
  await go(page, '线路')
  await page.getByRole('button', { name: '接入线路' }).click()
  const form = page.getByRole('dialog', { name: '接入线路' })
  await form.getByLabel('线路名称').fill(name)
  await form.getByText(kind).click()
  for (const [label, value] of fields) await form.getByLabel(label, { exact: true }).fill(value)
  await form.getByRole('button', { name: '接入线路' }).click()
  await expect(form).toHaveCount(0)
}

/** A link whose encoder calls us by SRT. */
const addCalled = (page: Page, name: string, port: number): Promise<void> =>
  addLeg(page, {
    name,
    kind: /等待编码器呼叫本机/,
    fields: [
      ['本机监听的 UDP 端口', String(port)],
      ['加密口令（10 至 79 个字符，与编码器一致；可不填）', PASSPHRASE],
    ],
  })

const row = (page: Page, name: string): Locator => page.getByRole('row', { name: new RegExp(name) })

/** It moves, bears this name, and this tone comes with it. */
async function expectShown(screen: Page, name: string, hertz: number, timeout: number): Promise<void> {
  await expect(screen.getByLabel('正在播出')).toHaveText(name, { timeout })
  const video = screen.getByLabel('大屏幕', { exact: true })
  const before = await look(video)
  await expect.poll(async () => changed(before, await look(video)), { message: `${name} moves`, timeout, intervals: [100] }).toBeGreaterThan(50)
  await expect.poll(() => loudness(screen, hertz), { message: `${name} is heard`, timeout, intervals: [100] }).toBeGreaterThan(HEARD_DB)
}

/** The machine of the room's screen: no log-in, no keyboard after its code. */
async function pairScreen(operator: Page, relay: Relay, openAt: (relay: Relay, path: string, visitor: object) => Promise<Page>): Promise<Page> {
  const venue = await ask(operator, '/api/venues', { name: '一楼会议室' })
  const made = await ask(operator, '/api/devices', { kind: 'screen', venue: venue.id, name: '一楼大屏' })
  const screen = await openAt(relay, '/pair', { size: SCREEN, outage: true })
  await expect(screen.getByRole('button', { name: '9', exact: true })).toBeVisible()
  await screen.keyboard.type(String(made.code))
  await expect(screen.getByRole('heading', { name: '一楼会议室' })).toBeVisible()
  return screen
}

test('an encoder’s picture and sound reach the screen, come back by themselves, and no other link’s fault disturbs them', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(420_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const note = (type: string, since: number) => info.annotations.push({ type, description: `${((Date.now() - since) / 1000).toFixed(1)} s` })
  const camera = new Camera(PASSWORD)
  const port = await freeUdpPort()
  const caller = new Caller(port, PASSPHRASE)
  try {
    await camera.on()
    const admin = await openAt(bareRelay, '/', { size: WIDE })
    await logIn(admin, 'admin', bareRelay.firstPassword)
    await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
    await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const made = await ask(admin, '/api/accounts', { login: 'liwei', name: '李伟', roles: ['operator'] })
    const once = String(made.oneTimePassword)
    await admin.close()

    const operator = await openAt(bareRelay, '/', { size: WIDE, outage: true })
    await logIn(operator, 'liwei', once)
    await changeFirst(operator, once, OPERATOR_PASSWORD)
    await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const screen = await pairScreen(operator, bareRelay, openAt)

    await operator.reload()
    await go(operator, '会议')
    await operator.getByRole('button', { name: '新建会议' }).click()
    await operator.getByLabel('会议名称').fill('全省防汛视频会商')
    await operator.getByRole('button', { name: '只建立，暂不开始' }).click()
    await expect(operator.getByRole('row', { name: /全省防汛视频会商.*未开始/ })).toBeVisible()
    await addLeg(operator, {
      name: '省主会场',
      kind: /^RTSP：/,
      fields: [
        ['RTSP 地址', camera.url],
        ['账号（不需要可不填）', camera.user],
        ['密码', camera.password],
      ],
    })
    await expect(row(operator, '省主会场').getByText('会议开始后自动连接')).toBeVisible()
    await shot(operator, '01-leg-waits-for-its-meeting')

    await go(operator, '会议')
    await operator.getByRole('button', { name: '开始会议' }).click()
    await operator.getByRole('dialog').getByRole('button', { name: '开始会议' }).click()
    await go(operator, '值班台')
    const province = operator.getByRole('listitem', { name: '省主会场' })
    await expect(province.getByText(/画面正常/)).toBeVisible({ timeout: 30_000 })
    await province.focus()
    await twice(operator, /上会（画面和声音）/)
    await expectShown(screen, '省主会场', camera.hertz, PATIENCE_MS)
    await shot(operator, '02-on-air')
    await shot(screen, '03-screen')

    const alarm = operator.getByRole('alert')
    const buttons = async () => Promise.all([/关闭省主会场声音/, /大屏幕切到等待画面/, /结束会议/].map((name) => operator.getByRole('button', { name }).boundingBox()))
    const places = await buttons()
    const cameraBroke = Date.now()
    await camera.off()
    await expect(alarm.getByText(/线路「省主会场」未接通，正在重试：/)).toBeVisible()
    note('RTSP encoder off to alarm', cameraBroke)
    await expect(alarm.getByText('「全省防汛视频会商」正在播出的画面中断（省主会场），大屏幕显示等待画面')).toBeVisible()
    await expect(operator.getByRole('heading', { name: /等待画面（省主会场画面中断）/ })).toBeVisible()
    await expect(screen.getByText('画面暂时中断，正在等待信号恢复')).toBeVisible()
    await expect(screen.getByLabel('正在播出'), 'the slate bears no name').toHaveCount(0)
    await expect.poll(() => loudness(screen, camera.hertz), { message: 'no sound with the slate' }).toBeLessThan(HEARD_DB)
    expect(await buttons(), 'no button moved under the hand').toEqual(places)
    await shot(operator, '04-alarm')
    await shot(screen, '05-slate')
    await camera.on()
    const cameraBack = Date.now()
    await expectShown(screen, '省主会场', camera.hertz, PATIENCE_MS)
    note('RTSP encoder on to picture and tone', cameraBack)
    await expect(alarm.getByText(/省主会场/)).toHaveCount(0)

    await go(operator, '线路')
    const before = await row(operator, '省主会场').getByText(/^已重连/).textContent()
    await addLeg(operator, {
      name: '水文站',
      kind: /^RTSP：/,
      fields: [
        ['RTSP 地址', camera.url],
        ['账号（不需要可不填）', camera.user],
        ['密码', 'wrong'],
      ],
    })
    await expect(row(operator, '水文站').getByText('用户名或密码错误，信号源拒绝登录。请在线路设置中重新填写。')).toBeVisible()
    await shot(operator, '06-wrong-password')
    await expect(row(operator, '省主会场').getByText('正常', { exact: true })).toBeVisible()
    expect(await row(operator, '省主会场').getByText(/^已重连/).textContent(), 'nothing made it start again').toBe(before)
    await expectShown(screen, '省主会场', camera.hertz, PATIENCE_MS)
    await row(operator, '水文站').getByRole('button', { name: '修改' }).click()
    await operator.getByRole('dialog').getByLabel('密码', { exact: true }).fill(camera.password)
    await operator.getByRole('dialog').getByRole('button', { name: '保存' }).click()
    await expect(row(operator, '水文站').getByText('正常', { exact: true })).toBeVisible({ timeout: 30_000 })

    for (const { name, what, sentence } of [
      { name: '河口镇', what: 'b-frames', sentence: /画面含有 B 帧（档次 Main），浏览器会显示错乱，已拒绝接入。请在编码器上关闭 B 帧/ },
      { name: '旧县街道', what: 'noise', sentence: /收到的数据无法识别，不是可用的 MPEG-TS 或 H.264。请检查编码器/ },
    ] as const) {
      const wrongPort = await freeUdpPort()
      const wrong = new Caller(wrongPort, PASSPHRASE, what)
      await addCalled(operator, name, wrongPort)
      await wrong.on()
      try {
        await expect(row(operator, name).getByText(sentence)).toBeVisible()
        await shot(operator, `07-${what}`)
      } finally {
        await wrong.off()
      }
      await row(operator, name).getByRole('button', { name: '停用线路' }).click()
      await operator.getByRole('dialog').getByRole('button', { name: '停用线路' }).click()
      await expect(row(operator, name).getByText('已停用', { exact: true })).toBeVisible()
    }
    await expect(row(operator, '省主会场').getByText('正常', { exact: true })).toBeVisible()
    expect(await row(operator, '省主会场').getByText(/^已重连/).textContent(), 'nothing made it start again').toBe(before)
    await expectShown(screen, '省主会场', camera.hertz, PATIENCE_MS)

    await addCalled(operator, '市应急局', port)
    await expect(row(operator, '市应急局').getByText(/正在等待编码器呼入/)).toBeVisible()
    await caller.on()
    await go(operator, '值班台')
    const city = operator.getByRole('listitem', { name: '市应急局' })
    await expect(city.getByText(/画面正常/)).toBeVisible({ timeout: 30_000 })
    await city.focus()
    await city.getByRole('button', { name: /上会（画面和声音）/ }).click()
    await operator.getByRole('button', { name: /再按一次确认/ }).click({ delay: 400 })
    await expectShown(screen, '市应急局', caller.hertz, PATIENCE_MS)

    const callerBroke = Date.now()
    await caller.off()
    await expect(alarm.getByText(/线路「市应急局」未接通，正在重试：/)).toBeVisible()
    note('SRT encoder off to alarm', callerBroke)
    await expect(screen.getByText('画面暂时中断，正在等待信号恢复')).toBeVisible()
    await expect(province.getByText(/画面正常/), 'the other link goes on').toBeVisible()
    await shot(operator, '08-two-links')
    const callerBack = Date.now()
    await caller.on()
    await expectShown(screen, '市应急局', caller.hertz, PATIENCE_MS)
    note('SRT encoder on to picture and tone', callerBack)
    process.stdout.write(info.annotations.map(({ type, description }) => `      ${type}: ${description ?? ''}\n`).join(''))
  } finally {
    await camera.off()
    await caller.off()
  }
})
