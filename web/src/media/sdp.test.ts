import { expect, test } from 'vitest'
import { applyFragment, iceCredentials, linkTarget, offerSoundAgain, writeFragment } from './sdp'

const DESCRIPTION = [
  'v=0',
  'a=group:BUNDLE 0 1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  'a=mid:0',
  'a=candidate:1 1 udp 1 10.0.0.1 50000 typ host',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  'a=mid:1',
  '',
].join('\r\n')

test('a fragment names the transport section, its candidates and their end', () => {
  expect(writeFragment(DESCRIPTION, ['candidate:7 1 udp 9 10.0.0.2 4000 typ host'], true)).toBe(
    'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n' +
      'a=candidate:7 1 udp 9 10.0.0.2 4000 typ host\r\na=end-of-candidates\r\n',
  )
})

test('after a restart the answer carries the new credentials everywhere and the candidates once', () => {
  const fragment = 'a=ice-ufrag:new1\r\na=ice-pwd:9876543210987654321098\r\na=candidate:2 1 udp 1 10.0.0.9 50001 typ host\r\n'
  const answer = applyFragment(DESCRIPTION, fragment) ?? ''
  expect(iceCredentials(answer)).toEqual({ ufrag: 'new1', pwd: '9876543210987654321098' })
  expect(answer).not.toContain('abcd')
  expect(answer.match(/a=candidate:/g)).toHaveLength(1)
  expect(answer).toContain('10.0.0.9 50001')
})

test('a fragment without candidates keeps the old ones, one without credentials is refused', () => {
  expect(applyFragment(DESCRIPTION, 'a=ice-ufrag:n\r\na=ice-pwd:p\r\n')).toContain('10.0.0.1 50000')
  expect(applyFragment(DESCRIPTION, 'a=candidate:x\r\n')).toBeNull()
})

test.each([
  ['</whep/m/s/control>; rel="urn:yunling:control"', '/whep/m/s/control'],
  ['<stun:x>; rel="ice-server", </whep/m/s/control>; rel="urn:yunling:control"', '/whep/m/s/control'],
  ['<stun:x>; rel="ice-server"', null],
  [null, null],
])('control channel of %s is %s', (header, target) => expect(linkTarget(header, 'urn:yunling:control')).toBe(target))

test('an offer says once of each Opus that its packets can be asked for again', () => {
  const offer = ['m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9', 'a=rtpmap:111 opus/48000/2', 'a=rtcp-fb:111 transport-cc', 'a=rtpmap:63 red/48000/2', 'a=rtpmap:9 G722/8000', ''].join('\r\n')
  const said = offer.replace('opus/48000/2\r\n', 'opus/48000/2\r\na=rtcp-fb:111 nack\r\n')
  expect(offerSoundAgain(offer)).toBe(said)
  expect(offerSoundAgain(said)).toBe(said)
  expect(offerSoundAgain(DESCRIPTION)).toBe(DESCRIPTION)
})
