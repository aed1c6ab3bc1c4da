import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { Status } from '@/api/generated/wire'
import { isUnauthorised, ProblemError } from '@/api/problem'
import { followStatus, readStatus } from '@/api/status'
import { remember, totals, type History } from '@/features/status/attention'

const KEY = ['status']
const POLL_MS = 5000

export interface StatusHandle {
  status: Status | null
  history: History
  /** Whether what is shown may be old. */
  stale: boolean
  fault: 'unauthorised' | 'unreachable' | null
}

/** Live figures by the socket; while that is down, asked for every five seconds. */
export function useStatus(): StatusHandle {
  const queries = useQueryClient()
  const [live, setLive] = useState<'opening' | 'up' | 'down'>('opening')
  const [history, setHistory] = useState<History>({ at: [], in: [], out: [] })
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
  return {
    status: data ?? null,
    history,
    stale: live === 'down' && error !== null,
    fault: error === null || data !== undefined ? null : unauthorised ? 'unauthorised' : 'unreachable',
  }
}
