import type { Status } from '@/api/generated/wire'
import { request } from '@/api/problem'

export async function readStatus(): Promise<Status> {
  return (await (await request('/api/status')).json()) as Status
}

/** The last 30 seconds of a meeting's network, to be saved as a file. */
export async function saveNetworkRecord(meeting: string): Promise<Blob> {
  return (await request(`/api/meetings/${encodeURIComponent(meeting)}/network-record`, { method: 'POST' })).blob()
}

const RETRY_MS = 2000
/** The relay speaks each second; this long without a word means that the line is dead. */
const SILENT_MS = 4000

/** Hears the status each second for as long as the page wants it; comes back by itself. `report(null)` says that the line is down. */
export function followStatus(report: (status: Status | null) => void): () => void {
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let over = false
  const open = () => {
    const address = new URL('/api/live', globalThis.location.href)
    address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:'
    const mine = new WebSocket(address)
    socket = mine
    const fail = () => {
      if (over || socket !== mine) return
      socket = null
      mine.close()
      report(null)
      clearTimeout(timer)
      timer = setTimeout(open, RETRY_MS)
    }
    const listen = () => {
      clearTimeout(timer)
      timer = setTimeout(fail, SILENT_MS)
    }
    listen()
    mine.addEventListener('message', (event: MessageEvent<string>) => {
      if (socket !== mine) return
      listen()
      report(JSON.parse(event.data) as Status)
    })
    mine.addEventListener('close', fail)
    mine.addEventListener('error', fail)
  }
  open()
  return () => {
    over = true
    clearTimeout(timer)
    socket?.close()
  }
}
