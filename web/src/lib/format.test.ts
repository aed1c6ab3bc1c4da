import { expect, test } from 'vitest'
import { bitrate, clock, codecName, day, duration, fours, left, milliseconds, moment, percent, span } from './format'

test('figures are short and carry their unit', () => {
  expect([bitrate(0), bitrate(48_200), bitrate(2_540_000), bitrate(123_000_000)]).toEqual(['0 b/s', '48 kb/s', '2.5 Mb/s', '123 Mb/s'])
  expect([percent(0), percent(0.004), percent(0.25)]).toEqual(['0 %', '0.4 %', '25 %'])
  expect([milliseconds(null), milliseconds(0.4), milliseconds(35.2)]).toEqual(['–', '0.4 ms', '35 ms'])
  expect([duration(59, '天'), duration(3 * 86400 + 3661, '天')]).toEqual(['0:00:59', '3 天 1:01:01'])
  expect(codecName('h264')).toBe('H.264')
})

test('times are written as in notices', () => {
  const at = new Date(2025, 5, 3, 9, 30, 5)
  expect(clock(at)).toBe('09:30:05')
  expect(day(at, 'zh-CN')).toBe('2025年6月3日星期二')
})

test('a moment carries its weekday, a span leaves out what is plain', () => {
  const from = new Date(2025, 5, 3, 9, 30).getTime()
  const to = new Date(2025, 5, 3, 11, 30).getTime()
  const morrow = new Date(2025, 5, 4, 1, 0).getTime()
  expect(moment(from, 'zh-CN')).toBe('2025年6月3日(周二)09:30')
  expect(span(from, to, from, 'zh-CN')).toBe('09:30 – 11:30')
  expect(span(from, to, morrow, 'zh-CN')).toBe('2025年6月3日(周二)09:30 – 11:30')
  expect(span(from, morrow, from, 'zh-CN')).toBe('09:30 – 2025年6月4日(周三)01:00')
})

test('a code is read in fours, and its time runs out at zero', () => {
  expect([fours('12345678'), fours('1234')]).toEqual(['1234 5678', '1234'])
  expect([left(65_000, 0), left(1, 0), left(0, 5000)]).toEqual(['1:05', '0:01', '0:00'])
})
