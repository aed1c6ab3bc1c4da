import type { ImportLineEntry, ImportResult } from '@/api/generated/wire'

export type Counts = Record<ImportResult, number>

/** How many lines come to what. */
export function countsOf(lines: ImportLineEntry[]): Counts {
  const counts: Counts = { make: 0, change: 0, leave: 0, wrong: 0 }
  for (const { result } of lines) counts[result] += 1
  return counts
}

const ORDER: ImportResult[] = ['wrong', 'change', 'make', 'leave']

/** What somebody has to look at comes first, each in the order of the file. */
export const ordered = (lines: ImportLineEntry[]): ImportLineEntry[] => ORDER.flatMap((wanted) => lines.filter(({ result }) => result === wanted))
