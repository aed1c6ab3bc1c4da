import type { Readiness, ReadinessEntry } from '@/api/generated/wire'
import { useText } from '@/text/use-text'
import { Icon, type IconName } from '@/ui/Icon'
import '@/panel/readiness.css'

const LOOK: Record<Readiness, { icon: IconName; tone: 'good' | 'bad' | 'quiet' }> = {
  notNeeded: { icon: 'remove', tone: 'quiet' },
  notTested: { icon: 'warning', tone: 'quiet' },
  running: { icon: 'status', tone: 'quiet' },
  ready: { icon: 'check', tone: 'good' },
  defects: { icon: 'warning', tone: 'bad' },
  explained: { icon: 'sign-off', tone: 'bad' },
  accepted: { icon: 'check', tone: 'good' },
  changed: { icon: 'warning', tone: 'bad' },
}

/** Whether a meeting is ready: an icon and a word. Nothing where no test is needed. */
export function ReadinessTag({ entry }: { entry: Pick<ReadinessEntry, 'readiness' | 'openItems'> | undefined }) {
  const words = useText().panel.joint
  if (entry === undefined || entry.readiness === 'notNeeded') return null
  const { icon, tone } = LOOK[entry.readiness]
  return (
    <span className={`readiness ${tone}`}>
      <Icon name={icon} size={16} />
      {words.readiness[entry.readiness]}
      {entry.openItems > 0 && ` ${words.open(entry.openItems)}`}
    </span>
  )
}
