import type { LegState } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { useText } from '@/text/use-text'
import { Icon, type IconName } from '@/ui/Icon'

const SIGNS: Record<LegState, IconName> = { stopped: 'remove', idle: 'remove', starting: 'remove', running: 'check', waiting: 'warning', refused: 'warning', disabled: 'warning' }

/** How a link is: sign, word, and the sentence that says what to do. */
export function LegStateLine({ state, sentence, restarts, sinceMs = null }: { state: LegState; sentence: string; restarts: number; sinceMs?: number | null }) {
  const text = useText()
  const words = text.panel.legs
  return (
    <div className={`leg-state leg-state-${state}`}>
      <p>
        <Icon name={SIGNS[state]} size={20} />
        <span>{words.state[state]}</span>
        {sinceMs !== null && <small>{words.since(moment(sinceMs, text.locale))}</small>}
        {restarts > 0 && <small>{words.restarts(restarts)}</small>}
      </p>
      {sentence !== '' && <p className="leg-sentence">{sentence}</p>}
    </div>
  )
}
