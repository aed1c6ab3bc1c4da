import { isUnauthorised, type Problem } from '@/api/problem'
import type { Text } from '@/text/zh'

/** A sentence for the person, a code for the telephone. The relay's own sentence wins: it knows more. */
export function problemText(text: Text['problem'], problem: Problem | null): { line: string; code: string } {
  if (problem === null || problem.kind === 'unreachable') return { line: text.unreachable, code: 'unreachable' }
  const code = problem.code === '' ? `HTTP ${problem.status}` : problem.code
  if (problem.title !== '' && document.documentElement.lang !== 'en') return { line: problem.title, code }
  // What is wrong with a file is told by its detail alone.
  if (code === 'import.unreadable' && problem.detail !== '') return { line: problem.detail, code }
  const known = text.codes[code]
  if (known !== undefined) return { line: known, code }
  if (isUnauthorised(problem)) return { line: text.unauthorised, code }
  if (problem.status === 404) return { line: text.missing, code }
  return { line: problem.status >= 500 ? text.busy : text.other, code }
}
