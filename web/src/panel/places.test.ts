import { expect, test } from 'vitest'
import { goOn, placeAt, places } from './places'

test.each([
  [['operator'], ['duty', 'recordings', 'schedule', 'meetings', 'attendance', 'legs', 'devices', 'venues', 'status', 'me']],
  [['system_admin', 'security_admin'], ['duty', 'schedule', 'meetings', 'legs', 'devices', 'venues', 'accounts', 'units', 'access', 'selfCheck', 'status', 'me']],
  [['security_admin'], ['accounts', 'units', 'access', 'selfCheck', 'me']],
  [['liaison'], ['notices', 'schedule', 'units', 'me']],
  [['audit_admin'], ['audit', 'access', 'selfCheck', 'me']],
  [['leader'], ['mine', 'schedule', 'me']],
  [['clerk'], ['recordings', 'signOffs', 'schedule', 'meetings', 'attendance', 'me']],
  [['approver'], ['mine', 'recordings', 'signOffs', 'schedule', 'me']],
] as const)('%j finds %j', (roles, expected) => expect(places([...roles])).toEqual(expected))

test('a leader who deputises finds what is to be signed', () => expect(places(['leader'], true)).toEqual(['mine', 'recordings', 'signOffs', 'schedule', 'me']))

test('a path shows what the roles have there, the root their first page', () => {
  expect(placeAt('/', ['audit_admin'])).toBe('audit')
  expect(placeAt('/', ['leader'])).toBe('mine')
  expect(placeAt('/', ['liaison'])).toBe('notices')
  expect(placeAt('/legs/', ['operator'])).toBe('legs')
  expect(placeAt('/accounts', ['operator'])).toBeNull()
  expect(placeAt('/joint-test', ['leader'])).toBe('jointTest')
  expect(placeAt('/checklist', ['leader'])).toBeNull()
})

test.each([
  ['?to=/join/demo', '/join/demo'],
  ['?to=%2Froom%2Fhall', '/room/hall'],
  ['?to=//evil.example/x', null],
  ['?to=https://evil.example', null],
  ['?to=/\\evil.example', null],
  ['', null],
])('after the log-in %j goes to %j', (search, expected) => expect(goOn(search)).toBe(expected))
