interface Lock {
  release: () => Promise<void>
}
interface Waker {
  wakeLock?: { request: (type: 'screen') => Promise<Lock> }
}

/** Keeps the display on while the page is shown. The browser takes the lock away when the page is hidden; it is asked for again. */
export function stayAwake(): () => void {
  let lock: Lock | null = null
  let over = false
  const ask = () => {
    if (document.visibilityState !== 'visible') return
    void (navigator as Waker).wakeLock
      ?.request('screen')
      .then((granted) => {
        if (over) void granted.release()
        else lock = granted
      })
      .catch(() => undefined)
  }
  ask()
  document.addEventListener('visibilitychange', ask)
  return () => {
    over = true
    document.removeEventListener('visibilitychange', ask)
    void lock?.release()
  }
}
