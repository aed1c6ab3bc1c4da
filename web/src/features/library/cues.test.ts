import { expect, test } from 'vitest'
import { chapterAt, chaptersOf, sheet, type Cue } from './cues'

const cue = (from: number, to: number, text: string): Cue => ({ from, to, text })

test('a moment is in the last chapter that began', () => {
  const chapters = [cue(2, 60, '省主会场'), cue(60, 90, '县主会场')]
  expect([0, 2, 59.9, 60, 500].map((seconds) => chapterAt(chapters, seconds))).toEqual([-1, 0, 0, 1, 1])
})

test('marks stand among the chapters, each at its moment', () => {
  const mark = { id: 'k1', atMs: 1_030_000, text: '李伟发言', by: '王秀兰' }
  const early = { ...mark, id: 'k2', atMs: 999_000 }
  const all = chaptersOf([cue(2, 60, '省主会场'), cue(30, 90, '县主会场')], [mark, early], 1_000_000)
  expect(all.map(({ from, text, mark: of }) => [from, text, of?.id ?? null])).toEqual([
    [0, '李伟发言', 'k2'],
    [2, '省主会场', null],
    [30, '县主会场', null],
    [30, '李伟发言', 'k1'],
  ])
})

test('a small picture is where its cue says', () => {
  const cues = [cue(0, 10, 'sprite.jpg#xywh=0,0,160,90'), cue(10, 20, 'sprite.jpg#xywh=160,90,160,90\n'), cue(20, 30, 'broken')]
  expect(sheet(cues, 10)).toEqual({ x: 160, y: 90, width: 160, height: 90 })
  expect(sheet(cues, 25)).toBeNull()
  expect(sheet(cues, 30)).toBeNull()
})
