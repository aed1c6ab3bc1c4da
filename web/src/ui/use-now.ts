import { useSyncExternalStore } from 'react'

const subscribe = (tick: () => void) => {
  const timer = setInterval(tick, 250)
  return () => clearInterval(timer)
}

/** The time by the relay's clock (`skewMs` is its clock less ours), changing each second. */
export function useNow(skewMs: number): Date {
  const second = useSyncExternalStore(subscribe, () => Math.floor((Date.now() + skewMs) / 1000))
  return new Date(second * 1000)
}
