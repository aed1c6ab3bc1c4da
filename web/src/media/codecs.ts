/** Which video codecs this browser can play; only H.264 is in doubt (Firefox fetches its decoder from outside, which never works here). */
import type { Codec } from '@/api/generated/wire'

/** `null` if the browser can't say. */
export function playable(mimeTypes: string[] | null, codec: Codec): boolean {
  return mimeTypes === null || mimeTypes.some((type) => type.toLowerCase() === `video/${codec}`)
}

export const receivable = (): string[] | null => {
  const capabilities = typeof RTCRtpReceiver === 'undefined' ? null : RTCRtpReceiver.getCapabilities('video')
  return capabilities?.codecs.map((codec) => codec.mimeType) ?? null
}

/**
 * Leaves a receiving line what the relay can send, so that an offer of many lines stays small. Not in Firefox: 153 leaves
 * `a=rtcp-fb` of removed payload types behind, which others refuse to read.
 */
export function narrow(transceiver: RTCRtpTransceiver): void {
  if (navigator.userAgent.includes('Firefox/') || !('setCodecPreferences' in transceiver)) return
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? []
  const kept = codecs.filter(({ mimeType, sdpFmtpLine = '' }) => {
    const type = mimeType.toLowerCase()
    if (type === 'video/h264') return sdpFmtpLine.includes('packetization-mode=1') && /profile-level-id=42[0-9a-f]{4}/i.test(sdpFmtpLine)
    return type === 'video/vp8' || type === 'video/rtx'
  })
  if (kept.some(({ mimeType }) => mimeType !== 'video/rtx')) transceiver.setCodecPreferences(kept)
}
