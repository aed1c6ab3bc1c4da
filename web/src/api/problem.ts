/** What the server said instead of yes (RFC 9457), or that it could not be reached. */
export type Problem =
  | { kind: 'unreachable' }
  | { kind: 'refused'; status: number; code: string; title: string; detail: string; requestId: string; fields: FieldFault[] }

/** What is wrong with one field of what was sent: its name on the wire, and a sentence. */
export interface FieldFault {
  field: string
  sentence: string
}

export class ProblemError extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.kind === 'unreachable' ? 'unreachable' : `${problem.status} ${problem.code}`)
    this.problem = problem
  }
}

/** Whether trying again later can help: only a relay that is away or busy. */
export const isPassing = (problem: Problem): boolean => problem.kind === 'unreachable' || problem.status >= 500 || problem.status === 429

/** Whether the token is missing, wrong or too old. */
export const isUnauthorised = (problem: Problem): boolean => problem.kind === 'refused' && (problem.status === 401 || problem.status === 403)

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

function readField(entry: unknown): FieldFault {
  const { field, sentence } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>
  return { field: text(field), sentence: text(sentence) }
}

/** Reads a problem body; anything else becomes a problem with the bare status. */
export function readProblem(status: number, body: unknown): Problem {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  return {
    kind: 'refused',
    status,
    code: text(fields.code),
    title: text(fields.title),
    detail: text(fields.detail),
    requestId: text(fields.requestId),
    fields: Array.isArray(fields.fields) ? fields.fields.map(readField).filter(({ sentence }) => sentence !== '') : [],
  }
}

/** What is only read is soon asked for again. A change is not, and the server carries out what it was asked even if nobody waits:
 * who asked hears of it, however busy its disk is. */
const READ_MS = 8000
const CHANGE_MS = 30_000

/** `fetch` that throws [`ProblemError`] for every answer that is not a success. */
export async function request(address: string, init: RequestInit & { timeoutMs?: number } = {}): Promise<Response> {
  const { timeoutMs = init.method === undefined ? READ_MS : CHANGE_MS, ...rest } = init
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), timeoutMs)
  let answer: Response
  try {
    answer = await fetch(address, { cache: 'no-store', credentials: 'same-origin', signal: abort.signal, ...rest })
  } catch {
    throw new ProblemError({ kind: 'unreachable' })
  } finally {
    clearTimeout(timer)
  }
  if (answer.ok) return answer
  const body: unknown = await answer.json().catch(() => null)
  throw new ProblemError(readProblem(answer.status, body))
}

/** Whether the planner is asked to say that they know: somebody has another meeting at that time, or a signature is missing or would not stand. */
export const isUnconfirmed = (error: Error | null): boolean => error instanceof ProblemError && error.problem.kind === 'refused' && ['schedule.unconfirmed', 'meeting.unsigns', 'meeting.unsigned'].includes(error.problem.code)

/** Whether the meeting was tested, and what was tested would become another. */
export const isFrozen = (error: Error | null): boolean => error instanceof ProblemError && error.problem.kind === 'refused' && error.problem.code === 'meeting.frozen'

/** Whether it is none of theirs. */
export const isNotAllowed = (error: Error | null): boolean => error instanceof ProblemError && error.problem.kind === 'refused' && error.problem.code === 'access.not_allowed'
