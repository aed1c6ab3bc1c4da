/** In which sizes a camera's picture is sent, and which of them now. Pure. */
import type { Role } from '@/api/generated/wire'

const BITRATE_MAX = 2_500_000
const FRAMERATE_MAX = 30

/** Height from which a picture has a third size, and a second. */
const THREE_FROM = 700
const TWO_FROM = 300

/** The smallest first, as browsers allot bits. Content is read: it is sent in its own size alone. `height` is the camera's, if it is known. */
export function encodings(role: Role, height = 720): RTCRtpEncodingParameters[] {
  const whole = { maxBitrate: BITRATE_MAX, maxFramerate: FRAMERATE_MAX }
  if (role === 'content' || height < TWO_FROM) return [whole]
  const layer = (rid: string, scaleResolutionDownBy: number, maxBitrate: number) => ({ rid, scaleResolutionDownBy, maxBitrate, maxFramerate: FRAMERATE_MAX })
  const largest = layer('h', 1, BITRATE_MAX)
  return height < THREE_FROM ? [layer('l', 2, 350_000), largest] : [layer('l', 4, 150_000), layer('m', 2, 500_000), largest]
}

/** The same encodings with those active that somebody needs; `null` if they are so already, or none of them is meant. */
export function chosen(present: RTCRtpEncodingParameters[], rids: string[]): RTCRtpEncodingParameters[] | null {
  const isWanted = ({ rid }: RTCRtpEncodingParameters) => rid !== undefined && rids.includes(rid)
  if (present.length < 2 || !present.some(isWanted) || present.every((one) => (one.active ?? true) === isWanted(one))) return null
  return present.map((one) => ({ ...one, active: isWanted(one) }))
}
