import { expect, test } from 'vitest'
import type { ProfileEntry } from '@/api/generated/wire'
import { zhProfiles } from '@/text/zh-profiles'
import { filled, openingOf, readOpening, sayOpening, turnedTo } from './opening'

const profile: ProfileEntry = {
  id: 'p', name: '省防汛视频会', kind: 'upper', codec: 'vp8', line: 'province', venues: ['hall', 'moon'], units: ['water', 'gone'], minutes: 90,
  opening: { byItself: true, beforeMinutes: 10, recorded: true, microphones: 'closed', banner: '防汛' },
}

test('a profile fills in what is still there', () => {
  const venues = [{ id: 'hall' }, { id: 'town' }]
  const choices = { lines: [{ id: 'province', name: '省' }], units: [{ unit: 'water', name: '县水务局' }] }
  expect(filled(profile, choices, venues)).toEqual({ kind: 'upper', codec: 'vp8', line: 'province', venues: ['hall'], units: ['water'], hours: 1.5, ...profile.opening })
  expect(filled(profile, { lines: [], units: [] }, venues)).toMatchObject({ line: '', units: [] })
})

test('another kind decides what a kind decides, and nothing else', () => {
  const own = { byItself: true, beforeMinutes: 30, recorded: false, microphones: 'own', banner: '防汛' } as const
  expect(turnedTo(own, 'upper')).toEqual({ ...openingOf('upper'), byItself: true, banner: '防汛' })
  expect(turnedTo(profile.opening, 'own')).toEqual({ ...openingOf('own'), byItself: true, banner: '防汛' })
})

test('what is sent is the opening alone, its banner trimmed', () => {
  const typed = { ...profile.opening, banner: ' 防汛 ', title: '会议' }
  expect(readOpening(typed)).toEqual(profile.opening)
})

test.each([
  [profile.opening, '到时间自动开会（提前 10 分钟） · 开会即自动录制 · 话筒全部关闭 · 会标「防汛」'],
  [openingOf('own'), '由会控员开会 · 开会即自动录制 · 话筒全部关闭'],
  [{ ...openingOf('own'), byItself: true, recorded: false, microphones: 'own' as const }, '到时间自动开会（到点开会） · 不自动录制 · 手动开会时主会场话筒打开，其余关闭'],
])('how a meeting opens stands on one line', (opening, expected) => expect(sayOpening(opening, zhProfiles.opening)).toBe(expected))
