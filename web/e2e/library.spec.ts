import { createHash } from 'node:crypto'
import { Camera } from './encoders'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, SCREEN, twice, WIDE } from './people'
import { changed, look } from './probe'
import type { Relay } from './relay'
import type { Page } from '@playwright/test'

const PASSWORD = 'Malong-2026-house'

test('a clerk finds a recording, plays it, and fetches it once the approver signed', async ({ bareRelay, openAt }, info) => {
  test.setTimeout(420_000)
  const shot = (page: Page, name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) })
  const camera = new Camera('p@ss:word/1')
  const enter = async (relay: Relay, login: string, once: string) => {
    const page = await openAt(relay, '/', { size: WIDE, outage: true })
    await logIn(page, login, once)
    await changeFirst(page, once, PASSWORD)
    return page
  }
  try {
    await camera.on()
    const admin = await openAt(bareRelay, '/', { size: WIDE })
    await logIn(admin, 'admin', bareRelay.firstPassword)
    await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
    await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const person = async (login: string, name: string, role: string) => String((await ask(admin, '/api/accounts', { login, name, roles: [role] })).oneTimePassword)
    const [operatorOnce, clerkOnce, approverOnce] = [await person('liwei', '李伟', 'operator'), await person('wangxl', '王秀兰', 'clerk'), await person('zhangjg', '张建国', 'approver')]
    await admin.close()

    const operator = await enter(bareRelay, 'liwei', operatorOnce)
    await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const now = Date.now()
    const plan = (title: string, profile: string) => ask(operator, '/api/meetings', { title, startsAtMs: now, endsAtMs: now + 3_600_000, venues: [], profile, codec: 'h264' })
    const meeting = await plan('全县森林防火视频调度会议', 'own')
    await ask(operator, '/api/legs', { name: '省主会场', meeting: meeting.id, source: { kind: 'rtsp', url: camera.url, transport: 'tcp', user: camera.user, password: camera.password } })
    await operator.reload()
    await go(operator, '会议')
    await operator.getByRole('button', { name: '开始会议' }).click()
    await operator.getByRole('dialog').getByRole('button', { name: '开始会议' }).click()
    await go(operator, '值班台')
    const province = operator.getByRole('listitem', { name: '省主会场' })
    await expect(province.getByText(/画面正常/)).toBeVisible({ timeout: 30_000 })
    const onAir = Date.now()
    await province.focus()
    await twice(operator, /上会（画面和声音）/)
    // Paces: what is recorded has to have a length.
    await operator.waitForTimeout(8000)
    const shown = (Date.now() - onAir) / 1000
    await operator.getByRole('button', { name: '结束会议' }).click()
    await operator.getByRole('button', { name: '结束会议，断开所有会场' }).click()
    await expect(operator.getByRole('heading', { name: '现在没有会议' })).toBeVisible()

    const clerk = await enter(bareRelay, 'wangxl', clerkOnce)
    const row = clerk.getByRole('row', { name: /全县森林防火视频调度会议/ })
    await expect(row).toBeVisible()
    await shot(clerk, '01-library')
    for (const [word, count] of [['森林', 1], ['视频调度', 1], ['常委会', 0]] as const) {
      await clerk.getByLabel('按会议名称查找').fill(word)
      await expect(row).toHaveCount(count)
    }
    await clerk.getByLabel('按会议名称查找').fill('')
    await expect(row.getByText('可以播放')).toBeVisible()
    await row.getByRole('button', { name: '播放' }).click()
    const video = clerk.getByLabel('录像画面')
    await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.duration)).toBeGreaterThan(shown - 1)
    await clerk.getByRole('button', { name: '播放', exact: true }).click()
    await expect.poll(async () => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(1)
    const before = await look(video)
    await expect.poll(async () => changed(before, await look(video)), { message: 'it moves' }).toBeGreaterThan(50)
    await clerk.keyboard.press('ArrowDown')
    await clerk.getByRole('button', { name: /省主会场/ }).click()
    await clerk.keyboard.press(' ')
    await shot(clerk, '02-player')
    for (const [name, size] of [['big', SCREEN], ['telephone', PHONE], ['desk', WIDE]] as const) {
      await clerk.setViewportSize(size)
      await clerk.screenshot({ path: info.outputPath(`02-player-${name}.png`), fullPage: name === 'telephone' })
    }
    await clerk.getByRole('button', { name: '返回录像列表' }).click()

    await row.getByRole('button', { name: '申请调出' }).click()
    const form = clerk.getByRole('dialog')
    await form.getByLabel('用途').fill('县志编纂')
    await form.getByLabel('接收单位或接收人').fill('县档案馆')
    await shot(clerk, '03-ask')
    await form.getByRole('button', { name: '提交申请' }).click()
    await expect(row.getByText('已申请，等待审签')).toBeVisible()

    const approver = await enter(bareRelay, 'zhangjg', approverOnce)
    await go(approver, '审签')
    const asked = approver.getByRole('listitem', { name: '全县森林防火视频调度会议' })
    await expect(asked.getByText('县志编纂')).toBeVisible()
    await shot(approver, '04-waiting')
    await asked.getByRole('button', { name: '同意调出' }).click()
    await shot(approver, '05-grant')
    await approver.getByRole('dialog').getByRole('button', { name: '同意调出' }).click()
    await expect(asked.getByText('已同意')).toBeVisible()
    await shot(approver, '06-granted')

    const [download] = await Promise.all([clerk.waitForEvent('download'), row.getByRole('button', { name: /^下载/ }).click({ timeout: 30_000 })])
    expect(download.suggestedFilename()).toBe('全县森林防火视频调度会议.mp4')
    const address = download.url()
    await download.cancel()
    await shot(clerk, '07-download')
    // A connection that broke in the middle: the rest is asked for, and is the same file.
    const part = async (range: string) => {
      const answer = await clerk.request.get(address, { headers: { range } })
      expect(answer.status()).toBe(206)
      return answer.body()
    }
    const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex')
    const whole = await (await clerk.request.get(address)).body()
    expect(whole.subarray(4, 8).toString()).toBe('ftyp')
    expect(hash(Buffer.concat([await part('bytes=0-9999'), await part('bytes=10000-')]))).toBe(hash(whole))

    await asked.getByRole('button', { name: '收回，不再允许下载' }).click()
    await approver.getByRole('dialog').getByLabel('理由').fill('内容有误')
    await approver.getByRole('dialog').getByRole('button', { name: '收回', exact: true }).click()
    await expect(asked.getByText('已收回')).toBeVisible()
    expect((await clerk.request.get(address)).status()).toBe(409)
  } finally {
    await camera.off()
  }
})
