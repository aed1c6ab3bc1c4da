/** Cameras, microphones, loudspeakers: opening them, and why it failed in a form that can be told to a person. */

/** Why a device could not be opened. */
export type DeviceFault = 'insecure' | 'unsupported' | 'denied' | 'absent' | 'busy' | 'unknown'

export type DeviceKind = 'camera' | 'microphone'

export type Opened = { kind: 'open'; track: MediaStreamTrack } | { kind: 'fault'; fault: DeviceFault }

export interface Device {
  id: string
  label: string
}

export interface Devices {
  cameras: Device[]
  microphones: Device[]
  speakers: Device[]
}

/** Names of `DOMException`s that browsers give, old ones included. */
export function deviceFault(name: string): DeviceFault {
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'absent'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy'
    default:
      return 'unknown'
  }
}

export const isSecure = (): boolean => globalThis.isSecureContext

/** `mediaDevices` is missing where the page is not secure, whatever its type says. */
const media = (): MediaDevices | undefined => (navigator as { mediaDevices?: MediaDevices }).mediaDevices

const constraints = (kind: DeviceKind, id: string | null): MediaStreamConstraints => {
  const device = id === null ? {} : { deviceId: { exact: id } }
  return kind === 'camera'
    ? { video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } }
    : { audio: { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
}

/** Opens one device; a chosen one that has gone is replaced by the browser's choice. */
export async function openDevice(kind: DeviceKind, id: string | null): Promise<Opened> {
  if (!isSecure()) return { kind: 'fault', fault: 'insecure' }
  const devices = media()
  if (devices === undefined) return { kind: 'fault', fault: 'unsupported' }
  try {
    const stream = await devices.getUserMedia(constraints(kind, id))
    const [track] = stream.getTracks()
    return track === undefined ? { kind: 'fault', fault: 'absent' } : { kind: 'open', track }
  } catch (error) {
    const name = error instanceof Error ? error.name : ''
    if (id !== null && deviceFault(name) === 'absent') return openDevice(kind, null)
    return { kind: 'fault', fault: deviceFault(name) }
  }
}

/** Lists what there is. Labels are empty until a device was allowed. */
export async function listDevices(): Promise<Devices> {
  const all = (await media()?.enumerateDevices().catch(() => [])) ?? []
  const of = (kind: MediaDeviceKind): Device[] => all.filter((device) => device.kind === kind && device.deviceId !== '').map((device) => ({ id: device.deviceId, label: device.label }))
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') }
}

export function onDevicesChanged(listener: () => void): () => void {
  const devices = media()
  devices?.addEventListener('devicechange', listener)
  return () => devices?.removeEventListener('devicechange', listener)
}

/** What the person chose to show: picture, and sound where the browser gives it. */
export async function openContent(): Promise<{ video: MediaStreamTrack; audio: MediaStreamTrack | null } | DeviceFault> {
  const devices = media()
  if (devices === undefined) return isSecure() ? 'unsupported' : 'insecure'
  try {
    const stream = await devices.getDisplayMedia({ video: { frameRate: { max: 30 } }, audio: true })
    const [video] = stream.getVideoTracks()
    if (video === undefined) return 'absent'
    if ('contentHint' in video) video.contentHint = 'detail'
    return { video, audio: stream.getAudioTracks()[0] ?? null }
  } catch (error) {
    return deviceFault(error instanceof Error ? error.name : '')
  }
}
