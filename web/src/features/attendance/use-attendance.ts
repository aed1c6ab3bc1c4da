import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { attendance, signIn, undoSignIn } from '@/api/attendance'
import { isTold } from '@/api/live'
import type { AttendanceList, SignInRequest } from '@/api/generated/wire'
import { replaced } from '@/lib/attendance'
import { patience } from '@/panel/queries'

/** What the server does not tell of: hours that pass. */
const TOLD_MS = 30_000
const SLOW_MS = 4000

export interface Attending {
  data: AttendanceList | undefined
  /** The server's clock less ours. */
  skewMs: number
  error: Error | null
  busy: boolean
  /** Takes one step; `done` once it is taken. */
  take: (step: () => Promise<AttendanceList>, done?: () => void) => void
  /** What the last step was refused for; forgotten with the next. */
  refused: Error | null
  forget: () => void
}

const keyOf = (meeting: string) => ['attendance', meeting]

/** The list of a meeting, live, and every step that changes it. */
export function useAttendance(meeting: string): Attending {
  const queries = useQueryClient()
  const key = keyOf(meeting)
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: () => attendance(meeting),
    refetchInterval: patience(() => (isTold() ? TOLD_MS : SLOW_MS)),
  })
  const change = useMutation({
    mutationFn: async (step: () => Promise<AttendanceList>) => {
      await queries.cancelQueries({ queryKey: key })
      return step()
    },
    onSuccess: (said) => queries.setQueryData(key, said),
    onError: () => queries.invalidateQueries({ queryKey: key }),
  })
  return {
    data,
    skewMs: data === undefined ? 0 : data.nowMs - Date.now(),
    error,
    busy: change.isPending,
    take: (step, done) => change.mutate(step, { onSuccess: () => done?.() }),
    refused: change.error,
    forget: change.reset,
  }
}

type DoorStep = { kind: 'sign'; body: SignInRequest } | { kind: 'undo'; attendee: string }

/** Sign-ins and their undoing: several may be on their way at once. */
export function useDoor(meeting: string) {
  const queries = useQueryClient()
  const key = keyOf(meeting)
  return useMutation({
    mutationFn: (step: DoorStep) => (step.kind === 'sign' ? signIn(meeting, step.body) : undoSignIn(meeting, step.attendee)),
    onSuccess: ({ attendee, figures }) => queries.setQueryData<AttendanceList>(key, (known) => known && replaced(known, attendee, figures)),
    onError: () => queries.invalidateQueries({ queryKey: key }),
  })
}
