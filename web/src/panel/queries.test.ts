import { expect, test } from 'vitest'
import { ProblemError, readProblem } from '@/api/problem'
import { patience } from '@/panel/queries'

const after = (error: Error | null) => patience(() => 60_000)({ state: { error } })

test('what a server that is away or busy did not answer is soon asked for again, what it refused is not', () => {
  expect(after(null)).toBe(60_000)
  expect(after(new ProblemError({ kind: 'unreachable' }))).toBe(2000)
  expect(after(new ProblemError(readProblem(503, null)))).toBe(2000)
  expect(after(new ProblemError(readProblem(403, null)))).toBe(60_000)
  expect(after(new ProblemError(readProblem(429, null)))).toBe(60_000)
})
