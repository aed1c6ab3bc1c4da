import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import '@/ui/base.css'

/** Puts a page into its document. */
export function show(page: ReactNode): void {
  const root = document.getElementById('root')
  if (root !== null) createRoot(root).render(page)
}
