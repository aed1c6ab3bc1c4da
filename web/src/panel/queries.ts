/** The server's state as queries: keys, and how long an answer counts. What changes it says which answers are old. */
import { keepPreviousData, MutationCache, QueryClient, QueryCache, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query'
import type { AccessTable, AccountEntry, DeviceEntry, LegEntry, Me, MeetingEntry, SpecialDayEntry, TokenEntry, UnitList, VenueEntry } from '@/api/generated/wire'
import * as api from '@/api/panel'
import { ProblemError } from '@/api/problem'

export type Resource = 'me' | 'logins' | 'meetings' | 'venues' | 'devices' | 'tokens' | 'accounts' | 'units' | 'access' | 'selfCheck' | 'legs' | 'audit' | 'recordings' | 'signOffs' | 'pen' | 'days'

const SLOW_MS = 10_000
const FAST_MS = 2000

/** A console that was locked elsewhere, or by itself, is noticed at the next look. */
const LOOK_MS = 5000

/** A session that ended shows up as a refusal anywhere: then the page asks anew who it belongs to, and shows the log-in. */
export function makeQueries(): QueryClient {
  const queries: QueryClient = new QueryClient({
    defaultOptions: { queries: { retry: false, refetchOnWindowFocus: true, staleTime: 1000 } },
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== 'me' && isLoggedOut(error)) void queries.invalidateQueries({ queryKey: ['me'] })
      },
    }),
    mutationCache: new MutationCache({
      onError: (error) => {
        if (isLocked(error)) void queries.invalidateQueries({ queryKey: ['me'] })
      },
    }),
  })
  return queries
}

/** Somebody else is at the page now: what the one before could see is forgotten. */
export function becomes(queries: QueryClient, me: Me): void {
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' })
  queries.setQueryData(['me'], me)
}

const isLoggedOut = (error: Error): boolean =>
  error instanceof ProblemError && error.problem.kind === 'refused' && (error.problem.status === 401 || error.problem.code === 'access.password_change_needed')

const isLocked = (error: Error): boolean => error instanceof ProblemError && error.problem.kind === 'refused' && error.problem.code === 'console.locked'

const locksByItself = (me: Me | undefined): boolean => me?.kind === 'user' && me.console.locksAfterS !== null

export const useMe = (): UseQueryResult<Me> =>
  useQuery({ queryKey: ['me'], queryFn: api.me, refetchInterval: (query) => (query.state.error !== null ? FAST_MS : locksByItself(query.state.data) ? LOOK_MS : false) })
export const useMeetings = (): UseQueryResult<MeetingEntry[]> => useQuery({ queryKey: ['meetings'], queryFn: api.meetings, refetchInterval: SLOW_MS })
export const useMeetingsBetween = (fromMs: number, toMs: number): UseQueryResult<MeetingEntry[]> =>
  useQuery({ queryKey: ['meetings', fromMs, toMs], queryFn: () => api.meetingsBetween(fromMs, toMs), refetchInterval: SLOW_MS, placeholderData: keepPreviousData })
export const useDays = (): UseQueryResult<SpecialDayEntry[]> => useQuery({ queryKey: ['days'], queryFn: api.days, staleTime: Infinity })
export const useVenues = (): UseQueryResult<VenueEntry[]> => useQuery({ queryKey: ['venues'], queryFn: api.venues })
export const useTokens = (): UseQueryResult<TokenEntry[]> => useQuery({ queryKey: ['tokens'], queryFn: api.tokens, refetchInterval: SLOW_MS })
export const useDevices = (everyMs = SLOW_MS): UseQueryResult<DeviceEntry[]> => useQuery({ queryKey: ['devices'], queryFn: api.devices, refetchInterval: everyMs })
export const useAccounts = (enabled = true): UseQueryResult<AccountEntry[]> => useQuery({ queryKey: ['accounts'], queryFn: api.accounts, enabled })
export const useUnits = (): UseQueryResult<UnitList> => useQuery({ queryKey: ['units'], queryFn: api.units, refetchInterval: SLOW_MS })
export const useAccess = (): UseQueryResult<AccessTable> => useQuery({ queryKey: ['access'], queryFn: api.access, staleTime: Infinity })
export const useLegs = (): UseQueryResult<LegEntry[]> => useQuery({ queryKey: ['legs'], queryFn: api.legs, refetchInterval: FAST_MS })

/** Asks for a change, then for all that it made old. */
export function useChange<Input, Output>(run: (input: Input) => Promise<Output>, old: Resource[]): UseMutationResult<Output, Error, Input> {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: run,
    onSettled: () => Promise.all(old.map((resource) => queries.invalidateQueries({ queryKey: [resource] }))),
  })
}
