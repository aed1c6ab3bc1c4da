import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useState, type ReactNode } from 'react'
import type { Status } from '@/api/generated/wire'
import { isUnauthorised, ProblemError } from '@/api/problem'
import { followLive } from '@/api/live'
import { readStatus } from '@/api/status'
import { remember, totals, type History } from '@/panel/attention'
import { readAgain } from '@/panel/changes'

const KEY = ['status']
const POLL_MS = 5000

export interface Live {
  status: Status | null
  history: History
  /** Whether what is shown may be old. */
  stale: boolean
  fault: 'unauthorised' | 'unreachable' | null
}

const NOTHING: Live = { status: null, history: { at: [], in: [], out: [] }, stale: false, fault: null }
const Context = createContext<Live>(NOTHING)

/** What the server said last: one socket for all pages of the panel. */
export const useLive = (): Live => use(Context)

/** What the server says by itself: what changed, and live figures for whoever may see them (`figures`); while the line is down, those
 * are asked for every five seconds. */
export function LiveProvider({ figures, children }: { figures: boolean; children: ReactNode }) {
  const queries = useQueryClient()
  const [live, setLive] = useState<'opening' | 'up' | 'down'>('opening')
  const [history, setHistory] = useState<History>(NOTHING.history)
  useEffect(() => {
    let first = true
    return followLive((message) => {
      setLive(message === null ? 'down' : 'up')
      if (message === null) return
      if (message.type === 'status') {
        const { status } = message
        queries.setQueryData(KEY, status)
        setHistory((known) => remember(known, Date.now() / 1000, totals(status)))
      }
      // What a page has just read need not be read again at its first hello.
      const changed = message.type === 'changed' || (message.type === 'hello' && !first) ? message.areas : []
      if (message.type === 'hello') first = false
      readAgain(queries, changed)
    })
  }, [queries])
  const { data, error } = useQuery({ queryKey: KEY, queryFn: readStatus, enabled: figures, refetchInterval: live === 'up' ? false : POLL_MS })
  const unauthorised = error instanceof ProblemError && isUnauthorised(error.problem)
  const value: Live = {
    status: data ?? null,
    history,
    stale: live === 'down' && error !== null,
    fault: error === null || data !== undefined ? null : unauthorised ? 'unauthorised' : 'unreachable',
  }
  return <Context value={value}>{children}</Context>
}
