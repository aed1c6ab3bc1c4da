import '@/ui/big-screen/big-screen.css'
import { useText } from '@/text/use-text'

const CALLED = ['due', 'present', 'absent', 'fault', 'open'] as const
const SIGNED_IN = ['due', 'present', 'leave', 'absent'] as const

type Of<Names extends readonly string[]> = Readonly<Record<Names[number], number>>

/** What a meeting's screens count; null is nothing. */
export interface Counted {
  signingIn: Of<typeof SIGNED_IN> | null
  rollCall: { figures: Of<typeof CALLED>; calling: string | null } | null
}

interface Props {
  counted: Counted
  /** Above the picture. */
  over?: boolean
}

/** What a meeting's screens count while it is about to begin: venues as they are called, or else people as they sign in. */
export function Figures({ counted: { signingIn, rollCall }, over = false }: Props) {
  const { signingIn: signed, rollCall: called } = useText().screen
  if (rollCall !== null) {
    return (
      <>
        <Row title={called.title} figures={CALLED.map((name) => [called[name], rollCall.figures[name]])} over={over} />
        {rollCall.calling !== null && <p className="screen-calling">{called.calling(rollCall.calling)}</p>}
      </>
    )
  }
  return signingIn === null ? null : <Row title={signed.title} figures={SIGNED_IN.map((name) => [signed[name], signingIn[name]])} over={over} />
}

function Row({ title, figures, over }: { title: string; figures: [string, number][]; over: boolean }) {
  return (
    <dl className={over ? 'screen-figures screen-figures-over' : 'screen-figures'} aria-label={title}>
      {figures.map(([name, count]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count}</dd>
        </div>
      ))}
    </dl>
  )
}

export const NOTHING: Counted = { signingIn: null, rollCall: null }

/** Whether there is anything to count. */
export const isCounted = ({ signingIn, rollCall }: Counted): boolean => signingIn !== null || rollCall !== null
