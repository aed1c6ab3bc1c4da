/** The server's state as queries: keys, and how long an answer counts. What changes it says which answers are old. */
import { keepPreviousData, MutationCache, QueryClient, QueryCache, useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query'
import dayjs from 'dayjs'
import type { AccessTable, AccountEntry, DeviceEntry, LegEntry, Me, MeetingEntry, ProfileEntry, ReadinessEntry, SpecialDayEntry, TokenEntry, UnitList, VenueEntry } from '@/api/generated/wire'
import { readinessBetween } from '@/api/joint'
import { isTold } from '@/api/live'
import * as api from '@/api/panel'
import { isPassing, ProblemError } from '@/api/problem'

export type Resource = 'me' | 'logins' | 'meetings' | 'venues' | 'devices' | 'tokens' | 'accounts' | 'units' | 'access' | 'selfCheck' | 'legs' | 'audit' | 'recordings' | 'signOffs' | 'pen' | 'days' | 'profiles' | 'attendance' | 'notice' | 'notices' | 'jointTest' | 'checklist' | 'materials'

const SLOW_MS = 10_000
/** Where the server tells what changes: only what it can't know of, such as a day that begins. */
const TOLD_MS = 60_000
const FAST_MS = 2000

/** How long until it is asked for again: soon, if the server was away or too busy to answer. */
export const patience = (otherwise: () => number | false) => (query: { state: { error: Error | null } }): number | false => (isUnanswered(query.state.error) ? FAST_MS : otherwise())
const slow = patience(() => (isTold() ? TOLD_MS : SLOW_MS))

/** A console that was locked elsewhere, or by itself, is noticed at the next look. */
const LOOK_MS = 5000

/** A session that ended shows up as a refusal anywhere: then the page asks anew who it belongs to, and shows the log-in. */
export function makeQueries(): QueryClient {
  const queries: QueryClient = new QueryClient({
    defaultOptions: { queries: { retry: false, refetchOnWindowFocus: true, staleTime: 1000, refetchInterval: patience(() => false) } },
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

/** Not what was asked for too often: asking again would keep it so. */
const isUnanswered = (error: Error | null): boolean =>
  error instanceof ProblemError && isPassing(error.problem) && !(error.problem.kind === 'refused' && error.problem.status === 429)

const isLocked = (error: Error): boolean => error instanceof ProblemError && error.problem.kind === 'refused' && error.problem.code === 'console.locked'

const locksByItself = (me: Me | undefined): boolean => me?.kind === 'user' && me.console.locksAfterS !== null

export const useMe = (): UseQueryResult<Me> =>
  useQuery({ queryKey: ['me'], queryFn: api.me, refetchInterval: (query) => (query.state.error !== null ? FAST_MS : locksByItself(query.state.data) ? LOOK_MS : false) })
/** Meetings of the last month and the next three, and whatever is on air; or all that the server lists. */
export const useMeetings = (which: 'near' | 'all' = 'near'): UseQueryResult<MeetingEntry[]> => {
  const today = dayjs().startOf('day')
  const [fromMs, toMs] = [today.subtract(1, 'month').valueOf(), today.add(3, 'month').valueOf()]
  const near = which === 'near'
  return useQuery({
    queryKey: near ? ['meetings', fromMs, toMs] : ['meetings'],
    queryFn: () => (near ? api.meetingsBetween(fromMs, toMs) : api.meetings()),
    refetchInterval: slow,
    placeholderData: keepPreviousData,
  })
}
export const useMeetingsBetween = (fromMs: number, toMs: number): UseQueryResult<MeetingEntry[]> =>
  useQuery({ queryKey: ['meetings', fromMs, toMs], queryFn: () => api.meetingsBetween(fromMs, toMs), refetchInterval: slow, placeholderData: keepPreviousData })
/** Whether meetings are ready, by their ids: of which any part is planned within these times. */
export const useReadiness = (fromMs: number, toMs: number): ReadonlyMap<string, ReadinessEntry> => {
  const { data } = useQuery({ queryKey: ['meetings', 'readiness', fromMs, toMs], queryFn: () => readinessBetween(fromMs, toMs), refetchInterval: slow, placeholderData: keepPreviousData })
  return new Map((data ?? []).map((entry) => [entry.meeting, entry]))
}
export const useDays = (): UseQueryResult<SpecialDayEntry[]> => useQuery({ queryKey: ['days'], queryFn: api.days, staleTime: Infinity })
export const useProfiles = (enabled = true): UseQueryResult<ProfileEntry[]> => useQuery({ queryKey: ['profiles'], queryFn: api.profiles, enabled })
export const useVenues = (): UseQueryResult<VenueEntry[]> => useQuery({ queryKey: ['venues'], queryFn: api.venues })
export const useTokens = (): UseQueryResult<TokenEntry[]> => useQuery({ queryKey: ['tokens'], queryFn: api.tokens, refetchInterval: slow })
export const useDevices = (everyMs = SLOW_MS): UseQueryResult<DeviceEntry[]> => useQuery({ queryKey: ['devices'], queryFn: api.devices, refetchInterval: everyMs })
export const useAccounts = (enabled = true): UseQueryResult<AccountEntry[]> => useQuery({ queryKey: ['accounts'], queryFn: api.accounts, enabled })
export const useUnits = (): UseQueryResult<UnitList> => useQuery({ queryKey: ['units'], queryFn: api.units, refetchInterval: slow })
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
