import { expect, test } from 'vitest'
import { found } from './found'

const TITLES = ['全省防汛视频会商', '县委常委会（扩大）会议', '全县防汛调度会议', 'Joint test 联调']

test.each([
  ['', TITLES],
  ['  ', TITLES],
  ['防汛', ['全省防汛视频会商', '全县防汛调度会议']],
  ['防汛 全县', ['全县防汛调度会议']],
  ['视频会商', ['全省防汛视频会商']],
  ['JOINT', ['Joint test 联调']],
  ['森林', []],
])('%j finds %j', (search, titles) => expect(found(TITLES.map((title) => ({ title })), search).map(({ title }) => title)).toEqual(titles))
