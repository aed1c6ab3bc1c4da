import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useState, type ReactNode } from 'react'
import type { Status } from '@/api/generated/wire'
import { isUnauthorised, ProblemError } from '@/api/problem'
import { followStatus, readStatus } from '@/api/status'
import { remember, totals, type History } from '@/panel/attention'

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

/** Live figures by the socket; while that is down, asked for every five seconds. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const [live, setLive] = useState<'opening' | 'up' | 'down'>('opening')
  const [history, setHistory] = useState<History>(NOTHING.history)
  useEffect(
    () =>
      followStatus((status) => {
        setLive(status === null ? 'down' : 'up')
        if (status === null) return
        queries.setQueryData(KEY, status)
        setHistory((known) => remember(known, Date.now() / 1000, totals(status)))
      }),
    [queries],
  )
  const { data, error } = useQuery({ queryKey: KEY, queryFn: readStatus, refetchInterval: live === 'up' ? false : POLL_MS })
  const unauthorised = error instanceof ProblemError && isUnauthorised(error.problem)
  const value: Live = {
    status: data ?? null,
    history,
    stale: live === 'down' && error !== null,
    fault: error === null || data !== undefined ? null : unauthorised ? 'unauthorised' : 'unreachable',
  }
  return <Context value={value}>{children}</Context>
}
