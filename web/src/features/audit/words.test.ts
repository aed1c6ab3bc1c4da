import { expect, test } from 'vitest'
import { zh } from '@/text/zh'
import { actorOf, subjectOf } from './words'

test('whoever did it has a word, and log-in names are names', () => {
  const of = (actor: string) => actorOf(actor, zh.auditThings)
  expect(of('stranger')).toBe('未登录者')
  expect(of('stranger access.token_invalid')).toBe('未登录者 access.token_invalid')
  expect(of('token u-7 水务局')).toBe('持会议凭证者 u-7 水务局')
  expect(of('device d1 一楼大屏')).toBe('配对设备 d1 一楼大屏')
  expect(of('visitor2')).toBe('visitor2')
  expect([of('the server'), of('server')]).toEqual(['服务器自动', 'server'])
  expect(of('li.wei')).toBe('li.wei')
})

test('things are called by their kind, and what somebody wrote is left alone', () => {
  const of = (subject: string) => subjectOf(subject, zh.auditThings)
  expect(of('meeting:demo participant:u-abc')).toBe('会议:demo 参会方:u-abc')
  expect(of('account unknown')).toBe('不存在的账号')
  expect(of('recording:r1: 见 meeting:demo')).toBe('录像:r1: 见 meeting:demo')
  expect(of('made:2 changed:0 left:1 wrong:0')).toBe('新增:2 修改:0 不变:1 有误:0')
  expect(of('other:x')).toBe('other:x')
})
