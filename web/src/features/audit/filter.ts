import type { AuditFilter } from '@/api/generated/wire'

const NAMES = ['actor', 'address', 'action', 'subject', 'from', 'until'] as const

/** What is typed above the book, as it stands in the page's address; days as 2026-11-25. */
export type Typed = Record<(typeof NAMES)[number], string>

export function typedOf(search: URLSearchParams): Typed {
  return Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ''])) as Typed
}

/** Midnight where the page is, at the beginning of a day or of the one after it; null if it is none. */
function midnight(day: string, later: number): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)?.slice(1).map(Number)
  if (parts === undefined) return null
  const [year = 0, month = 1, date = 1] = parts
  return new Date(year, month - 1, date + later).getTime()
}

/** What the server is asked for: whole days, both included. */
export function filterOf({ actor, address, action, subject, from, until }: Typed): AuditFilter {
  return { actor, address, action, subject, fromMs: midnight(from, 0), untilMs: midnight(until, 1) }
}
