import { useCallback, useEffect, useRef, useState } from 'react'
import { openDevice, type DeviceFault, type DeviceKind } from '@/media/devices'

/** A camera or microphone of this desk. */
export type Device = { kind: 'opening' } | { kind: 'open'; track: MediaStreamTrack } | { kind: 'fault'; fault: DeviceFault } | { kind: 'off' }

export interface DeviceHandle {
  state: Device
  /** Opens it anew: after a fault, after another was chosen, or after it was switched off. */
  open: () => void
  /** Lets it go: its light goes out. */
  close: () => void
}

/** Holds one device open while the page lives. `id` is the one chosen, `null` the browser's choice. */
export function useDevice(kind: DeviceKind, id: string | null): DeviceHandle {
  const [state, setState] = useState<Device>({ kind: 'opening' })
  const [round, setRound] = useState(0)
  const offRef = useRef(false)

  useEffect(() => {
    if (offRef.current) return
    let track: MediaStreamTrack | null = null
    let over = false
    const lost = () => setState({ kind: 'fault', fault: 'absent' })
    void openDevice(kind, id).then((opened) => {
      if (opened.kind === 'open' && over) opened.track.stop()
      if (over) return
      setState(opened)
      if (opened.kind !== 'open') return
      track = opened.track
      track.addEventListener('ended', lost)
    })
    return () => {
      over = true
      track?.removeEventListener('ended', lost)
      track?.stop()
    }
  }, [kind, id, round])

  const open = useCallback(() => {
    offRef.current = false
    setState({ kind: 'opening' })
    setRound((count) => count + 1)
  }, [])
  const close = useCallback(() => {
    offRef.current = true
    setState({ kind: 'off' })
    setRound((count) => count + 1)
  }, [])
  return { state, open, close }
}
