import type { Me } from '@/api/generated/wire'
import { visit } from '@/api/meetings'
import type { TokenSource } from '@/media/session'

/** Who the page is: the holder of a token, somebody who logged in (or a paired machine), or a demonstration's visitor. */
export type Identity = { kind: 'token' } | { kind: 'cookie'; name: string; seat: boolean } | { kind: 'visit' }

/** Who somebody without a token is. */
export function identity(me: Me): Identity {
  switch (me.kind) {
    case 'user':
    case 'device':
      return { kind: 'cookie', name: me.name, seat: me.kind === 'device' && me.device === 'seat' }
    case 'visitor':
    case 'stranger':
    case 'elsewhere':
      return { kind: 'visit' }
  }
}

/**
 * The token of everything this page does in the meeting: from the address if it has one, else by a visit under `name`. One
 * visit serves all sessions, so that they belong to one participant; a refused token is replaced by one new visit for all.
 * Somebody who logged in needs none: the cookie goes along by itself.
 */
export function credentials(meeting: string, given: string | null, who: Identity, name: string): TokenSource {
  if (who.kind === 'cookie') return () => Promise.resolve(null)
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
