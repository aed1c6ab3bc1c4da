/**
 * What was recorded while its recorder, its server or its finaliser was killed again and again: each programme opens in Chromium,
 * is as long as its manifest says, and plays at its beginning, in the middle and up to its end, with picture and sound.
 */
import { chromium, expect, test } from '@playwright/test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const FOLDER = process.env.SOAK_FILES ?? ''

/** The tests that kill leave one recording each. */
const RECORDINGS = 3

/** How much of it has to be seen before it counts as playing. */
const PICTURES = 10

interface Played {
  seconds: number
  width: number
  /** Bytes of sound that were decoded at each place while so many pictures were shown. */
  sound: number[]
}

async function played(pictures: number): Promise<Played> {
  const video = document.querySelector('video') as HTMLVideoElement & { webkitAudioDecodedByteCount: number }
  const happens = (name: string) => new Promise<void>((resolve) => video.addEventListener(name, () => resolve(), { once: true }))
  if (video.readyState < HTMLMediaElement.HAVE_METADATA) await happens('loadedmetadata')
  video.pause()
  const sound = []
  for (const part of [0, 0.5]) {
    video.currentTime = video.duration * part
    await happens('seeked')
    const before = video.webkitAudioDecodedByteCount
    await video.play()
    for (let shown = 0; shown < pictures; shown += 1) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
    }
    video.pause()
    sound.push(video.webkitAudioDecodedByteCount - before)
  }
  video.currentTime = Math.max(0, video.duration - 1)
  await happens('seeked')
  const ends = happens('ended')
  await video.play()
  await ends
  return { seconds: video.duration, width: video.videoWidth, sound }
}

test('every recording that was killed opens and plays', async () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.mp4'))
  expect(names).toHaveLength(RECORDINGS)
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  })
  const page = await browser.newPage()
  for (const name of names) {
    const manifest = JSON.parse(readFileSync(join(FOLDER, name.replace('.mp4', '.json')), 'utf8')) as { length_ms: number }
    await page.goto(pathToFileURL(join(FOLDER, name)).href)
    const seen = await page.evaluate(played, PICTURES)
    process.stdout.write(`      ${name}: ${seen.seconds.toFixed(1)} s\n`)
    expect(Math.abs(seen.seconds - manifest.length_ms / 1000)).toBeLessThan(1)
    expect(seen.width).toBeGreaterThan(0)
    expect(Math.min(...seen.sound)).toBeGreaterThan(0)
  }
  await browser.close()
})
