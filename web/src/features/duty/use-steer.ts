import { useEffect, useState } from 'react'
import type { StageState } from '@/api/generated/wire'
import { closeAllMicrophones, removeParticipant, setMicrophone, setProgramme } from '@/api/panel'
import { useChange } from '@/panel/queries'

/** Everything an operator does to a meeting on air. The last refusal stays until the next success. */
export interface Steer {
  putOnAir: (participant: string) => void
  showSlate: () => void
  setMicrophone: (participant: string, open: boolean) => void
  closeAll: () => void
  remove: (participant: string) => Promise<void>
  busy: boolean
  error: Error | null
  /** The stage the last change was answered with, until the live status has caught up. */
  answered: StageState | null
}

/** The live status comes each second; then it is the truth again. */
const ANSWER_COUNTS_MS = 1500

type Step = { kind: 'programme'; participant: string | null } | { kind: 'microphone'; participant: string; open: boolean } | { kind: 'close-all' }

export function useSteer(meeting: string): Steer {
  const [answered, setAnswered] = useState<StageState | null>(null)
  useEffect(() => {
    if (answered === null) return
    const timer = setTimeout(() => setAnswered(null), ANSWER_COUNTS_MS)
    return () => clearTimeout(timer)
  }, [answered])
  const stage = useChange(async (step: Step) => setAnswered(await ask(meeting, step)), [])
  const removal = useChange((participant: string) => removeParticipant(meeting, participant), [])
  return {
    putOnAir: (participant) => stage.mutate({ kind: 'programme', participant }),
    showSlate: () => stage.mutate({ kind: 'programme', participant: null }),
    setMicrophone: (participant, open) => stage.mutate({ kind: 'microphone', participant, open }),
    closeAll: () => stage.mutate({ kind: 'close-all' }),
    remove: (participant) => removal.mutateAsync(participant),
    busy: stage.isPending,
    error: stage.error ?? removal.error,
    answered,
  }
}

function ask(meeting: string, step: Step): Promise<StageState> {
  switch (step.kind) {
    case 'programme':
      return setProgramme(meeting, { participant: step.participant, withSound: step.participant !== null })
    case 'microphone':
      return setMicrophone(meeting, { participant: step.participant, open: step.open })
    case 'close-all':
      return closeAllMicrophones(meeting)
  }
}
