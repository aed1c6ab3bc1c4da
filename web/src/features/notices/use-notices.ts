import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { notices } from '@/api/attendance'
import type { UnitNotice } from '@/api/generated/wire'
import { isTold } from '@/api/live'
import { patience } from '@/panel/queries'

/** What the server does not tell of: hours that pass. */
const TOLD_MS = 30_000
const SLOW_MS = 5000

const KEY = ['notices']

export const useNotices = (): UseQueryResult<UnitNotice[]> => useQuery({ queryKey: KEY, queryFn: notices, refetchInterval: patience(() => (isTold() ? TOLD_MS : SLOW_MS)) })

/** One step of a liaison at a time; what it made old is read before it counts as taken. */
export function useStep() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (step: () => Promise<void>) => step(),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  })
}

export type Step = ReturnType<typeof useStep>
