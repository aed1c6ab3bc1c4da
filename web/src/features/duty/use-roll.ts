import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Presence, RollCalls } from '@/api/generated/wire'
import { answerRollCall, beginRollCall, callVenue, endRollCall, rollCalls } from '@/api/roll-call'

/** Another console may answer too: what it did is seen within a second. */
const LOOK_MS = 1000

type Step = { kind: 'begin' } | { kind: 'end' } | { kind: 'call'; venue: string } | { kind: 'answer'; venue: string; presence: Presence; note: string }

/** A meeting's roll calls and every step of the one that runs. The last refusal stays until the next success. */
export interface Roll {
  data: RollCalls | undefined
  /** The server's clock less ours. */
  skewMs: number
  error: Error | null
  busy: boolean
  take: (step: Step) => void
}

export function useRoll(meeting: string): Roll {
  const queries = useQueryClient()
  const key = ['rollCalls', meeting]
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: async () => {
      const said = await rollCalls(meeting)
      return { said, skewMs: said.nowMs - Date.now() }
    },
    refetchInterval: LOOK_MS,
  })
  const change = useMutation({
    mutationFn: async (step: Step) => {
      await queries.cancelQueries({ queryKey: key })
      return ask(meeting, step)
    },
    onSuccess: (said) => queries.setQueryData(key, { said, skewMs: said.nowMs - Date.now() }),
    onError: () => queries.invalidateQueries({ queryKey: key }),
  })
  return { data: data?.said, skewMs: data?.skewMs ?? 0, error: change.error ?? error, busy: change.isPending, take: (step) => change.mutate(step) }
}

function ask(meeting: string, step: Step): Promise<RollCalls> {
  switch (step.kind) {
    case 'begin':
      return beginRollCall(meeting)
    case 'end':
      return endRollCall(meeting)
    case 'call':
      return callVenue(meeting, { venue: step.venue })
    case 'answer':
      return answerRollCall(meeting, { venue: step.venue, presence: step.presence, note: step.note })
  }
}
