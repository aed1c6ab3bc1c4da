import { visit } from '@/api/meetings'
import type { TokenSource } from '@/media/session'

/**
 * The token of everything this page does in the meeting: from the address if it has one, else by a visit under `name`. One
 * visit serves all sessions, so that they belong to one participant; a refused token is replaced by one new visit for all.
 */
export function credentials(meeting: string, given: string | null, name: string): TokenSource {
  if (given !== null) return () => Promise.resolve(given)
  let token: Promise<string> | null = null
  let refused: Promise<string> | null = null
  return async (fresh) => {
    if (fresh && token !== null && token !== refused) {
      refused = token
      token = null
    }
    if (token === null) {
      const asked = visit(meeting, name).then((reply) => reply.token)
      token = asked
      asked.catch(() => {
        if (token === asked) token = null
      })
    }
    return token
  }
}
