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

/** How often the server is told that somebody is there, so that the console does not lock. */
const PRESENT_MS = 20_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

/** Hears the status each second for as long as the page wants it; comes back by itself. `report(null)` says that the line is down. */
export function followStatus(report: (status: Status | null) => void): () => void {
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let over = false
  let said = 0
  const present = () => {
    if (socket === null || socket.readyState !== WebSocket.OPEN || Date.now() - said < PRESENT_MS) return
    said = Date.now()
    socket.send('present')
  }
  for (const sign of SIGNS) document.addEventListener(sign, present, { capture: true, passive: true })
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
    for (const sign of SIGNS) document.removeEventListener(sign, present, { capture: true })
    clearTimeout(timer)
    socket?.close()
  }
}
