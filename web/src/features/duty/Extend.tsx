import { changeMeeting } from '@/api/panel'
import type { MeetingEntry } from '@/api/generated/wire'
import { isUnconfirmed } from '@/api/problem'
import { extendedTo, minutesLeft, SAID_FROM_MINUTES } from '@/features/duty/extend'
import { hourMinute } from '@/lib/format'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import type { Powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const STEPS = [15, 30, 60]

/** How long a meeting still has by its plan, and more of it: refused where the next one needs its venues or its line. */
export function Extend({ plan, powers }: { plan: MeetingEntry; powers: Powers }) {
  const words = useText().panel.extend
  const now = useNow(0).getTime()
  const extend = useChange(({ minutes, warned }: { minutes: number; warned: boolean }) => changeMeeting(plan.id, { endsAtMs: extendedTo(plan.endsAtMs, Date.now(), minutes), warned, unsigns: warned }), ['meetings'])
  const left = minutesLeft(plan.endsAtMs, now)
  const { error, variables } = extend
  const asks = isUnconfirmed(error)
  return (
    <section className={left > 0 ? 'air-extend' : 'air-extend air-over'} aria-label={words.title}>
      {left <= 0 && (
        <p role="alert">
          <strong>{words.ended}</strong> <span>{words.effect}</span>
        </p>
      )}
      <p>
        <strong>{words.title}</strong> <span role="status">{left > SAID_FROM_MINUTES ? words.until(hourMinute(plan.endsAtMs)) : left > 0 ? words.left(left) : words.over(-left)}</span>
        {STEPS.map((minutes) => (
          <OffButton key={minutes} can={can.change(powers, plan)} loading={extend.isPending && variables?.minutes === minutes} onClick={() => extend.mutate({ minutes, warned: false })}>
            {words.by(minutes, hourMinute(extendedTo(plan.endsAtMs, now, minutes)))}
          </OffButton>
        ))}
        {asks && variables !== undefined && (
          <OffButton type="primary" can={can.change(powers, plan)} onClick={() => extend.mutate({ ...variables, warned: true })}>
            {words.known(variables.minutes)}
          </OffButton>
        )}
      </p>
      <ProblemLine error={error} />
    </section>
  )
}
