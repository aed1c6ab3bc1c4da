import { useEffect, useRef, type KeyboardEvent as Pressed } from 'react'

/** What a key does; keys as browsers name them (`F2`, `ArrowDown`, `1`). */
export type Shortcuts = Partial<Record<string, () => void>>

/** Whether the key belongs to what has the focus: somebody types, or a dialog is open. */
function isTaken(event: KeyboardEvent): boolean {
  // At a locked console no key does anything but what is typed into its bar.
  if (document.querySelector('.lock-bar') !== null) return true
  const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable], .ant-select') !== null
  if (typing) return !event.key.startsWith('F')
  return document.querySelector('.ant-modal-wrap:not([style*="display: none"])') !== null
}

/** Hears keys while the page is shown. A key that is held down counts once. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts)
  useEffect(() => {
    latest.current = shortcuts
  })
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return
      const run = latest.current[event.key]
      if (run === undefined || isTaken(event)) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', hear)
    return () => document.removeEventListener('keydown', hear)
  }, [])
}

/** In a date's field Enter takes the date: it does not hand in the form around it, too. */
export function takesEnter(event: Pressed): void {
  if (event.key === 'Enter') event.preventDefault()
}
