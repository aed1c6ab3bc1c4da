import { createHash } from 'node:crypto'
import { Camera } from './encoders'
import { expect, test } from './fixtures'
import { ADMIN_PASSWORD, ask, changeFirst, go, logIn, PHONE, SCREEN, twice, WIDE } from './people'
import { changed, look } from './probe'
import type { Relay } from './relay'
import type { Locator, Page } from '@playwright/test'
import { get } from 'node:https'

test.use({ pieceSeconds: 5 })

const PASSWORD = 'Malong-2026-house'
const TITLE = '全县森林防火视频调度会议'

/** Fetches as a program does, and cuts the connection off after so many bytes. */
const fetched = (address: string, headers: Record<string, string>, enough: number): Promise<{ status: number; tag: string; content: Buffer }> =>
  new Promise((resolve, reject) => {
    const asked = get(address, { headers, rejectUnauthorized: false }, (answer) => {
      const chunks: Buffer[] = []
      const done = () => resolve({ status: answer.statusCode ?? 0, tag: answer.headers.etag ?? '', content: Buffer.concat(chunks) })
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (chunks.reduce((sum, { length }) => sum + length, 0) < enough) return
        answer.destroy()
        done()
      })
      answer.on('end', done)
    })
    asked.on('error', reject)
  })

/** Plays a file that was fetched, as one on the reader's own disk. */
async function watch(page: Page, address: string): Promise<Locator> {
  await page.evaluate(async (from) => {
    document.querySelector('#fetched')?.remove()
    const video = document.createElement('video')
    video.id = 'fetched'
    video.muted = true
    video.src = URL.createObjectURL(await (await fetch(from)).blob())
    document.body.append(video)
    await video.play()
  }, address)
  return page.locator('#fetched')
}

const lengthOf = (video: Locator): Promise<number> => video.evaluate((element: HTMLVideoElement) => element.duration)

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
    const admin = await openAt(bareRelay, '/', { size: WIDE, outage: true })
    await logIn(admin, 'admin', bareRelay.firstPassword)
    await changeFirst(admin, bareRelay.firstPassword, ADMIN_PASSWORD)
    await expect(admin.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const office = String((await ask(admin, '/api/units', { name: '县政府办' })).id)
    const person = async (login: string, name: string, role: string) => String((await ask(admin, '/api/accounts', { login, name, unit: office, roles: [role] })).oneTimePassword)
    const [operatorOnce, clerkOnce, approverOnce, leaderOnce] = [await person('liwei', '李伟', 'operator'), await person('wangxl', '王秀兰', 'clerk'), await person('zhangjg', '张建国', 'approver'), await person('chenl', '陈立', 'leader')]
    await go(admin, '账号')
    await admin.getByRole('button', { name: '新建账号' }).click()
    const account = admin.getByRole('dialog')
    await account.getByLabel('姓名').fill('赵云')
    await account.getByRole('combobox', { name: '单位' }).click()
    await admin.getByTitle('县政府办').click()
    await account.getByLabel('账号', { exact: true }).fill('zhaoy')
    await account.getByLabel(/^会控员/).uncheck()
    await account.getByLabel(/^审签人/).check()
    await shot(admin, '00-account')
    await account.getByRole('button', { name: '建立账号' }).click()
    await expect(account.getByText('审签人已是张建国，同时只能有一位')).toBeVisible()
    await admin.close()

    const operator = await enter(bareRelay, 'liwei', operatorOnce)
    await expect(operator.getByRole('heading', { name: '第一次使用' })).toBeVisible()
    const now = Date.now()
    const plan = (title: string, kind: string) => ask(operator, '/api/meetings', { title, startsAtMs: now, endsAtMs: now + 3_600_000, venues: [], kind, codec: 'h264' })
    const meeting = await plan(TITLE, 'own')
    await ask(operator, '/api/legs', { name: '省主会场', meeting: meeting.id, source: { kind: 'rtsp', url: camera.url, transport: 'tcp', user: camera.user, password: camera.password } })
    await operator.reload()
    await go(operator, '会议')
    await operator.getByRole('button', { name: '修改' }).click()
    const notice = operator.getByRole('dialog')
    await notice.getByLabel('主办单位').fill('县应急管理局')
    await notice.getByLabel('参会人').fill('李伟，县水务局\n赵云 主任，县委办')
    await notice.getByLabel('议题').fill('通报火情\n部署防火巡查')
    await shot(operator, '00-meeting')
    await notice.getByRole('button', { name: '保存' }).click()
    await expect(notice).toHaveCount(0)
    await operator.getByRole('button', { name: '开始会议' }).click()
    await operator.getByRole('dialog').getByRole('button', { name: '开始会议' }).click()
    await go(operator, '值班台')
    const province = operator.getByRole('listitem', { name: '省主会场' })
    await expect(province.getByText(/画面正常/)).toBeVisible({ timeout: 30_000 })
    const onAir = Date.now()
    await province.focus()
    await twice(operator, /上会（画面和声音）/)
    await operator.getByRole('button', { name: '在录像里做标记' }).click()
    const said = operator.getByRole('dialog').getByLabel('标记内容')
    await operator.getByRole('dialog').getByRole('button', { name: '会前点名' }).click()
    await expect(said).toHaveValue('会前点名')
    await said.fill('宣布开会')
    await shot(operator, '00-mark')
    await operator.getByRole('dialog').getByRole('button', { name: '在录像里做标记' }).click()
    await expect(operator.getByRole('dialog')).toHaveCount(0)
    // While it runs, what is finished of it can be played, and goes on by itself when there is more.
    const clerk = await enter(bareRelay, 'wangxl', clerkOnce)
    const row = clerk.getByRole('row', { name: new RegExp(TITLE) })
    await row.getByRole('button', { name: '从已完成的部分播放' }).click({ timeout: 90_000 })
    await expect(clerk.getByLabel('用途')).toBeFocused()
    await clerk.keyboard.press('Enter')
    const running = clerk.getByLabel('录像画面')
    await clerk.getByRole('button', { name: '播放', exact: true }).click()
    await expect.poll(async () => running.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(1)
    const still = await look(running)
    await expect.poll(async () => changed(still, await look(running)), { message: 'it moves while it is recorded' }).toBeGreaterThan(50)
    const film = await running.getAttribute('src')
    await expect.poll(() => running.getAttribute('src'), { message: 'the next piece follows', timeout: 60_000 }).not.toBe(film)
    await shot(clerk, '00-running')
    await clerk.getByRole('button', { name: '返回录像列表' }).click()
    const shown = (Date.now() - onAir) / 1000
    await operator.getByRole('button', { name: '结束会议' }).click()
    await operator.getByRole('button', { name: '结束会议，断开所有会场' }).click()
    await expect(operator.getByRole('heading', { name: '现在没有会议' })).toBeVisible()

    await expect(row).toBeVisible()
    await shot(clerk, '01-library')
    const search = clerk.getByRole('textbox', { name: '查找录像' })
    for (const [word, count] of [['常委会', 0], ['森林', 1], ['四字之词', 0], ['视频调度', 1], ['纪委', 0], ['应急管理', 1], ['水务局 李伟', 1], ['抗旱', 0], ['防火巡查', 1]] as const) {
      await search.fill(word)
      await search.press('Enter')
      await expect(row).toHaveCount(count)
    }
    // By its keys: a list that is still opening misses a click.
    const within = clerk.getByRole('combobox', { name: '查找范围' })
    await within.click()
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await within.press(key)
    await expect(clerk.getByText('没有符合条件的录像')).toBeVisible()
    await shot(clerk, '01-library-none')
    await clerk.getByRole('button', { name: '清除条件' }).click()
    await row.getByRole('button', { name: '编目' }).click()
    const catalogue = clerk.getByRole('dialog')
    await expect(catalogue.getByLabel('参会人')).toHaveValue('李伟，县水务局\n赵云 主任，县委办')
    await catalogue.getByLabel('备注').fill('会后补充：李伟代张建国讲话')
    await shot(clerk, '01-catalogue')
    await catalogue.getByRole('button', { name: '保存' }).click()
    await expect(row.getByText('备注：会后补充')).toBeVisible()
    await expect(row.getByText('可以播放')).toBeVisible({ timeout: 60_000 })
    await row.getByRole('button', { name: '播放' }).click()
    await expect(clerk.getByLabel('用途')).toBeFocused()
    await shot(clerk, '02-purpose')
    await clerk.keyboard.press('Enter')
    const video = clerk.getByLabel('录像画面')
    await expect.poll(() => lengthOf(video)).toBeGreaterThan(shown - 1)
    const lasts = await lengthOf(video)
    await clerk.getByRole('button', { name: '播放', exact: true }).click()
    await expect.poll(async () => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(1)
    const before = await look(video)
    await expect.poll(async () => changed(before, await look(video)), { message: 'it moves' }).toBeGreaterThan(50)
    await clerk.keyboard.press('ArrowDown')
    await clerk.getByRole('button', { name: /省主会场/ }).click()
    await clerk.keyboard.press(' ')
    await expect(clerk.locator('.player-watermark')).toContainText('县政府办 王秀兰 wangxl')
    await expect(clerk.getByRole('button', { name: /宣布开会/ })).toBeVisible()
    await clerk.getByLabel('标记内容').fill('李伟发言')
    await clerk.getByRole('button', { name: /处加标记$/ }).click()
    await expect(clerk.getByRole('button', { name: /李伟发言.*王秀兰的标记/ })).toBeVisible()
    await clerk.getByRole('button', { name: /^封存这份录像/ }).click()
    await clerk.getByRole('dialog').getByLabel('理由').fill('火情调查期间保留')
    await shot(clerk, '02-lock')
    await clerk.getByRole('dialog').getByRole('button', { name: '封存' }).click()
    await expect(clerk.getByText(/王秀兰于 .* 封存：火情调查期间保留/)).toBeVisible()
    await expect(clerk.getByLabel('标记内容')).toHaveCount(0)
    await shot(clerk, '02-player')
    for (const [name, size] of [['big', SCREEN], ['telephone', PHONE], ['desk', WIDE]] as const) {
      await clerk.setViewportSize(size)
      await clerk.screenshot({ path: info.outputPath(`02-player-${name}.png`), fullPage: name === 'telephone' })
    }
    await clerk.getByRole('button', { name: '返回录像列表' }).click()
    await expect(row.getByText('已封存')).toBeVisible()

    await row.getByRole('button', { name: '申请调出' }).click()
    const form = clerk.getByRole('dialog')
    await form.getByLabel('用途').fill('县志编纂')
    await form.getByLabel('接收单位或接收人').fill('县档案馆')
    await shot(clerk, '03-ask')
    await form.getByRole('button', { name: '提交申请' }).click()
    await expect(row.getByText('已申请，等待审签')).toBeVisible()

    const approver = await enter(bareRelay, 'zhangjg', approverOnce)
    await go(approver, '审签')
    const asked = approver.getByRole('listitem', { name: TITLE })
    await expect(asked.getByText('县志编纂')).toBeVisible()
    await shot(approver, '04-waiting')
    await asked.getByRole('button', { name: '同意调出' }).click()
    await shot(approver, '05-grant')
    await approver.getByRole('dialog').getByRole('button', { name: '同意调出' }).click()
    await expect(asked.getByText('已同意')).toBeVisible()
    await shot(approver, '06-granted')

    const [download] = await Promise.all([clerk.waitForEvent('download'), row.getByRole('button', { name: /^下载/ }).click({ timeout: 30_000 })])
    expect(download.suggestedFilename()).toBe(`${TITLE}.mp4`)
    const address = download.url()
    await download.cancel()
    await shot(clerk, '07-download')
    // A connection that broke in the middle: the rest is asked for, and it is the same file.
    const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex')
    const whole = await (await clerk.request.get(address)).body()
    const cookie = (await clerk.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const begun = await fetched(address, { cookie }, whole.length / 3)
    expect(begun.content.length).toBeLessThan(whole.length)
    const rest = await fetched(address, { cookie, range: `bytes=${begun.content.length}-`, 'if-range': begun.tag }, Infinity)
    expect(rest.status).toBe(206)
    expect(hash(Buffer.concat([begun.content, rest.content]))).toBe(hash(whole))
    const copy = await watch(clerk, address)
    expect(Math.abs((await lengthOf(copy)) - lasts)).toBeLessThan(1)
    await expect.poll(() => copy.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(0.5)
    const seen = await look(copy)
    await expect.poll(async () => changed(seen, await look(copy)), { message: 'the copy moves' }).toBeGreaterThan(50)

    // The approver is away: a leader signs for them, for a part alone.
    const leader = await enter(bareRelay, 'chenl', leaderOnce)
    await expect(leader.getByRole('navigation').getByRole('link', { name: '审签' })).toHaveCount(0)
    await approver.getByRole('button', { name: '外出委托他人审签' }).click()
    await approver.getByRole('dialog').getByLabel('事由').fill('赴省党校学习')
    await shot(approver, '08-delegate')
    await approver.getByRole('dialog').getByRole('button', { name: '委托', exact: true }).click()
    await expect(approver.getByText('现在由陈立审签')).toBeVisible()
    await row.getByRole('button', { name: '播放' }).click()
    await clerk.getByRole('dialog').getByRole('button', { name: '开始播放' }).click()
    // Before the player knows how long it is, there is nothing to seek in.
    await expect.poll(() => lengthOf(video)).toBeGreaterThan(2)
    await clerk.getByRole('slider', { name: '播放位置' }).fill('2')
    await expect.poll(async () => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(1.5)
    await clerk.getByRole('button', { name: /^以当前位置为起点/ }).click()
    await clerk.getByRole('button', { name: '申请调出这一段' }).click()
    await form.getByLabel('用途').fill('新闻报道')
    await form.getByLabel('接收单位或接收人').fill('县融媒体中心')
    await shot(clerk, '09-ask-part')
    await form.getByRole('button', { name: '提交申请' }).click()
    await clerk.getByRole('button', { name: '返回录像列表' }).click()
    await expect(row.getByText(/^已申请片段 0:00:02/)).toBeVisible()
    await leader.reload()
    await go(leader, '审签')
    const news = leader.getByRole('listitem', { name: TITLE }).filter({ hasText: '新闻报道' })
    await expect(news.getByText(/^其中一段：0:00:02/)).toBeVisible()
    await news.getByRole('button', { name: '同意调出' }).click()
    await leader.getByRole('dialog').getByRole('button', { name: '同意调出' }).click()
    await expect(news.getByText('陈立（代张建国）')).toBeVisible()
    await shot(leader, '10-deputy')
    const [cut] = await Promise.all([clerk.waitForEvent('download'), row.getByRole('button', { name: /^下载片段/ }).click({ timeout: 30_000 })])
    expect(cut.suggestedFilename()).toBe(`${TITLE}（片段）.mp4`)
    const partLength = await lengthOf(await watch(clerk, cut.url()))
    expect(partLength).toBeLessThan(lasts - 2 + 0.5)
    expect(partLength).toBeGreaterThan(lasts - 2 - 4)
    await cut.cancel()

    await approver.getByRole('button', { name: '终止委托' }).click()
    await approver.getByRole('dialog').getByRole('button', { name: '终止委托' }).click()
    await expect(approver.getByText('现在由您审签')).toBeVisible()
    const first = asked.filter({ hasText: '县志编纂' })
    await first.getByRole('button', { name: '收回，不再允许下载' }).click()
    await approver.getByRole('dialog').getByLabel('理由').fill('内容有误')
    await approver.getByRole('dialog').getByRole('button', { name: '收回', exact: true }).click()
    await expect(first.getByText('已收回')).toBeVisible()
    expect((await clerk.request.get(address)).status()).toBe(409)
    await go(leader, '我的账号')
    await expect(leader.getByRole('row', { name: /当前页面/ })).toBeVisible()
    for (const [page, name] of [[clerk, 'library'], [approver, 'sign-offs'], [leader, 'me']] as const) {
      for (const [kind, size] of [['big', SCREEN], ['telephone', PHONE]] as const) {
        await page.setViewportSize(size)
        await page.screenshot({ path: info.outputPath(`11-${name}-${kind}.png`), fullPage: kind === 'telephone' })
      }
    }
  } finally {
    await camera.off()
  }
})
