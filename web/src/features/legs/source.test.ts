import { expect, test } from 'vitest'
import { sourceText, toFields, toSource, urlFault } from './source'

test.each([
  ['rtsp://10.1.2.3/live', null],
  ['RTSP://encoder:8554/a', null],
  ['http://10.1.2.3/', 'urlWrong'],
  ['rtsp://', 'urlWrong'],
  ['rtsp://admin:123@10.1.2.3/', 'urlSecret'],
  ['rtsp://10.1.2.3/a@b', null],
])('%s: %s', (url, fault) => expect(urlFault(url)).toBe(fault))

test('a secret that is left empty is kept in a change, and is none in a new link', () => {
  const fields = toFields({ kind: 'srtCaller', host: 'encoder', port: 9000, streamId: 'a', passphrase: null, latencyMs: 200 })
  expect(fields.passphrase).toBe('')
  expect(toSource(fields, true)).toEqual({ kind: 'srtCaller', host: 'encoder', port: 9000, streamId: 'a', passphrase: null, latencyMs: 200 })
  expect(toSource(fields, false)).toMatchObject({ passphrase: '' })
  expect(toSource({ ...fields, passphrase: 'ten letters' }, true)).toMatchObject({ passphrase: 'ten letters' })
})

test('only the fields of the chosen kind are sent', () => {
  const fields = { ...toFields(null), url: ' rtsp://a/b ', host: 'left over', password: 'p' }
  expect(toSource(fields, false)).toEqual({ kind: 'rtsp', url: 'rtsp://a/b', transport: 'tcp', user: '', password: 'p' })
  expect(toSource({ ...fields, kind: 'srtListener' }, false)).toEqual({ kind: 'srtListener', port: 9000, passphrase: '', latencyMs: 120 })
  expect(sourceText(toSource({ ...fields, kind: 'srtListener' }, false))).toBe('UDP 9000')
})
