import { expect, test } from 'vitest'
import type { AttendeeEntry, InvitedUnit } from '@/api/generated/wire'
import { everybody, found, isTownship, shows, typedPeople } from './attendance'

const person = (number: number, name: string, more: Partial<AttendeeEntry> = {}): AttendeeEntry => ({ id: `a${number}`, number, name, position: '', summoned: false, answer: { kind: 'confirmed' }, saidBy: '王芳', saidAtMs: 0, signed: null, ...more })
const unit = (name: string, people: AttendeeEntry[], standing: InvitedUnit['receipt']['standing'] = 'confirmed'): InvitedUnit => ({
  unit: name, name, hasLiaison: true, venue: '', people, receipt: { standing, readBy: '', readAtMs: null, confirmedBy: '', confirmedAtMs: null },
})
const signed = { atMs: 1, by: '王芳', means: 'list' as const, late: false }
const units = [unit('县水务局', [person(1, '李军', { signed }), person(12, '王芳')]), unit('通泉街道', [person(2, '孙丽', { answer: { kind: 'standIn', name: '周平', approver: '张建国' } })], 'read'), unit('马过河镇', [], 'changed')]

test('everybody stands in the order of their numbers', () => expect(everybody(units).map(({ number, unitName }) => [number, unitName])).toEqual([[1, '县水务局'], [2, '通泉街道'], [12, '县水务局']]))

test.each([
  ['', [2, 12, 1]],
  ['2', [2]],
  [' 12 ', [12]],
  ['3', []],
  ['李', [1]],
  ['周平', [2]],
  ['水务', [12, 1]],
  ['赵', []],
])('%j finds the numbers %j, who has not signed in first', (typed, numbers) => expect(found(everybody(units), typed).map(({ number }) => number)).toEqual(numbers))

test.each([
  ['马过河镇', true],
  ['马鸣乡人民政府', true],
  ['通泉街道办事处', true],
  ['县水务局', false],
  ['县乡村振兴局', false],
])('%s is a township: %s', (name, township) => expect(isTownship(name)).toBe(township))

test.each([
  ['all', ['县水务局', '通泉街道', '马过河镇']],
  ['waiting', ['通泉街道', '马过河镇']],
  ['unnamed', ['马过河镇']],
  ['leave', ['通泉街道']],
] as const)('%s shows %j', (which, names) => expect(units.filter((one) => shows(which, one)).map(({ name }) => name)).toEqual(names))

test('people are typed one a line, and pasted from a table', () =>
  expect(typedPeople(' 李军 局长\n\n王芳\n孙丽\t副主任 科员\n周平，科长')).toEqual([
    { name: '李军', position: '局长' },
    { name: '王芳', position: '' },
    { name: '孙丽', position: '副主任 科员' },
    { name: '周平', position: '科长' },
  ]))
