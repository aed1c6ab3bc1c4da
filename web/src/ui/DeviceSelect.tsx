import { useEffect, useState } from 'react'
import { listDevices, onDevicesChanged, type Device, type Devices } from '@/media/devices'
import { useText } from '@/text/use-text'

/** What is plugged in. The lists change with the cables, and get their names once a device was allowed (`allowed` changes). */
export function useDevices(allowed: string): Devices {
  const [devices, setDevices] = useState<Devices>({ cameras: [], microphones: [], speakers: [] })
  useEffect(() => {
    let over = false
    const list = () => void listDevices().then((found) => over || setDevices(found))
    list()
    const stop = onDevicesChanged(list)
    return () => {
      over = true
      stop()
    }
  }, [allowed])
  return devices
}

/** One of the devices of a kind; `''` is the system's choice. */
export function DeviceSelect({ label, list, value, choose }: { label: string; list: Device[]; value: string; choose: (id: string) => void }) {
  const words = useText().join
  const known = list.some((device) => device.id === value) ? value : ''
  return (
    <select value={known} onChange={(event) => choose(event.target.value)}>
      <option value="">{words.systemDefault}</option>
      {list.map((device, index) => (
        <option key={device.id} value={device.id}>
          {device.label === '' ? words.unnamed(label, index + 1) : device.label}
        </option>
      ))}
    </select>
  )
}
