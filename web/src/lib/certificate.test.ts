import { expect, test } from 'vitest'
import { certificateState } from '@/lib/certificate'

const DAY = 86_400_000

test('a certificate is good until a month before its end, and revoked whatever its time says', () => {
  const state = (notAfterMs: number, revokedAtMs: number | null = null) => certificateState({ notAfterMs, revokedAtMs }, 0)
  expect([state(40 * DAY), state(29 * DAY), state(-1), state(40 * DAY, 5), state(-1, 5)]).toEqual(['good', 'soon', 'expired', 'revoked', 'revoked'])
})
