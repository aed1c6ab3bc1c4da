import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'wouter'
import { closeMeeting } from '@/api/panel'
import type { MeetingEntry, MeetingStatus } from '@/api/generated/wire'
import { Extend } from '@/features/duty/Extend'
import { LegList } from '@/features/duty/LegList'
import { People } from '@/features/duty/People'
import { Programme } from '@/features/duty/Programme'
import { Recording } from '@/features/duty/Recording'
import { useSteer } from '@/features/duty/use-steer'
import { span } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import { participants } from '@/panel/people'
import { rollCallOf, type Powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

interface Props {
  meeting: MeetingStatus
  /** Its entry among the meetings; `null` until that list was read. */
  plan: MeetingEntry | null
  powers: Powers
}

/** One meeting on air: what the screens show, who is there, and the links that feed it. */
export function OnAir({ meeting, plan, powers }: Props) {
  const text = useText()
  const words = text.panel.duty
  const now = useNow(0)
  const steer = useSteer(meeting.id)
  const [ending, setEnding] = useState(false)
  const end = useChange(closeMeeting, ['meetings', 'legs'])
  const onAir = (steer.answered ?? meeting.stage).onAir
  const people = participants(meeting, steer.answered)
  const heading = text.panel.meetings
  return (
    <>
      <section className="air-head" aria-label={words.onAir}>
        <span className="air-mark">{words.onAir}</span>
        <h2>{meeting.title}</h2>
        {plan !== null && (
          <p>
            {heading.kinds[plan.kind]}
            <span>{span(plan.startsAtMs, plan.endsAtMs, now.getTime(), text.locale)}</span>
          </p>
        )}
        <div className="air-actions">
          {plan !== null && (
            <Link href={rollCallOf(meeting.id)}>
              <Button>{text.panel.rollCall.open}</Button>
            </Link>
          )}
          <Button href={`/screen/${encodeURIComponent(meeting.id)}`} target="_blank" rel="noopener">
            {words.openScreen}
          </Button>
          {plan !== null && (
            <OffButton danger can={can.close(powers, plan)} onClick={() => setEnding(true)}>
              {heading.close}
            </OffButton>
          )}
        </div>
      </section>
      <Recording meeting={meeting} powers={powers} />
      {plan !== null && <Extend plan={plan} powers={powers} />}
      <ProblemLine error={steer.error} />
      <div className="air">
        <Programme meeting={meeting.id} onAir={onAir} people={people} powers={powers} steer={steer} />
        <People people={people} powers={powers} steer={steer} />
      </div>
      <LegList legs={meeting.id} />
      {ending && (
        <Ask
          title={heading.closeTitle(meeting.title)}
          effect={heading.closeEffect}
          confirm={heading.closeConfirm}
          busy={end.isPending}
          error={end.error}
          yes={() => end.mutate(meeting.id, { onSuccess: () => setEnding(false) })}
          no={() => setEnding(false)}
        />
      )}
    </>
  )
}
