/** How a certificate stands. */
export type CertificateState = 'good' | 'soon' | 'expired' | 'revoked'

const DAY_MS = 86_400_000

/** A certificate with less than this left should be made anew; the server's self-check says so too. */
const SOON_MS = 30 * DAY_MS

export function certificateState({ notAfterMs, revokedAtMs }: { notAfterMs: number; revokedAtMs: number | null }, nowMs: number): CertificateState {
  if (revokedAtMs !== null) return 'revoked'
  if (nowMs > notAfterMs) return 'expired'
  return nowMs + SOON_MS > notAfterMs ? 'soon' : 'good'
}
