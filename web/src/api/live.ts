import type { LiveMessage } from '@/api/generated/wire'

const RETRY_MS = 2000
/** The relay speaks each second; this long without a word means that the line is dead. */
const SILENT_MS = 4000

/** How often the server is told that somebody is there, so that the console does not lock. */
const PRESENT_MS = 20_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const

let up = false

/** Whether the server tells by itself what changes: while it does, nothing need be asked for again and again. */
export const isTold = (): boolean => up

/** Where a page is in the server's changes, to go on from there. Pure. */
export interface Place {
  run: string
  at: number
}

/** The place after a message. Pure. */
export function placeAfter(place: Place | null, message: LiveMessage): Place | null {
  if (message.type === 'hello') return { run: message.run, at: message.at }
  return message.type === 'changed' && place !== null ? { ...place, at: message.at } : place
}

/** Hears the server for as long as the page wants it; comes back by itself, and then hears what it missed. `report(null)` says that
 * the line is down. */
export function followLive(report: (message: LiveMessage | null) => void): () => void {
  let socket: WebSocket | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let over = false
  let said = 0
  let place: Place | null = null
  const present = () => {
    if (socket === null || socket.readyState !== WebSocket.OPEN || Date.now() - said < PRESENT_MS) return
    said = Date.now()
    socket.send('present')
  }
  for (const sign of SIGNS) document.addEventListener(sign, present, { capture: true, passive: true })
  const open = () => {
    const address = new URL('/api/live', globalThis.location.href)
    address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:'
    if (place !== null) address.search = new URLSearchParams({ run: place.run, after: String(place.at) }).toString()
    const mine = new WebSocket(address)
    socket = mine
    const fail = () => {
      if (over || socket !== mine) return
      socket = null
      up = false
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
      up = true
      const message = JSON.parse(event.data) as LiveMessage
      place = placeAfter(place, message)
      report(message)
    })
    mine.addEventListener('close', fail)
    mine.addEventListener('error', fail)
  }
  open()
  return () => {
    over = true
    up = false
    for (const sign of SIGNS) document.removeEventListener(sign, present, { capture: true })
    clearTimeout(timer)
    socket?.close()
  }
}
