import { useEffect } from 'react'

/** While a sheet is open that is printed by itself, the page behind it is not printed. */
export function usePrintsAlone(): void {
  useEffect(() => {
    document.body.classList.add('prints-alone')
    return () => document.body.classList.remove('prints-alone')
  }, [])
}
