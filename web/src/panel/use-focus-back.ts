import { useEffect } from 'react'

const DIALOG = '.ant-modal-root'

/** Gives the keyboard back to what opened a dialog once the dialog is gone: its place would be the top of the page. */
export function useFocusBack(): void {
  useEffect(() => {
    let opener: HTMLElement | null = null
    let inDialog = false
    const hear = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return
      inDialog = target.closest(DIALOG) !== null
      if (!inDialog) opener = target
    }
    // Dialogs stand in the body itself, each in an element of its own.
    const watch = new MutationObserver(() => {
      if (inDialog && document.querySelector(DIALOG) === null && document.activeElement === document.body) opener?.focus()
    })
    document.addEventListener('focusin', hear)
    watch.observe(document.body, { childList: true })
    return () => {
      document.removeEventListener('focusin', hear)
      watch.disconnect()
    }
  }, [])
}
