import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'wouter'
import type { MeetingEntry } from '@/api/generated/wire'
import { span } from '@/lib/format'
import { OpenMeeting } from '@/panel/OpenMeeting'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import { PATHS, rollCallOf, type Powers } from '@/panel/places'
import { useReadiness } from '@/panel/queries'
import { ReadinessTag } from '@/panel/ReadinessTag'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const SHOWN = 6
const DAY_MS = 86_400_000

/** How many days ahead it is asked which meetings are ready. */
const DAYS = 31

/** Nothing is on air: what comes next, one press from its start. */
export function NextMeetings({ meetings, powers }: { meetings: MeetingEntry[]; powers: Powers }) {
  const text = useText()
  const words = text.panel.duty
  const now = useNow(0).getTime()
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const ready = useReadiness(today - DAY_MS, today + DAYS * DAY_MS)
  const [opening, setOpening] = useState<MeetingEntry | null>(null)
  const planned = meetings.filter((meeting) => meeting.state === 'planned').sort((a, b) => a.startsAtMs - b.startsAtMs)
  return (
    <section className="card next" aria-label={words.next}>
      <h2>{words.nothing}</h2>
      {planned.length === 0 ? (
        <p className="quiet">
          {words.noNext}
          <Link href={`${PATHS.meetings}?new`}>
            <Button type="primary">{text.panel.meetings.make}</Button>
          </Link>
        </p>
      ) : (
        <ol className="next-list">
          {planned.slice(0, SHOWN).map((meeting, index) => (
            <li key={meeting.id}>
              <div>
                <strong>{meeting.title}</strong>
                <p>
                  {span(meeting.startsAtMs, meeting.endsAtMs, now, text.locale)}
                  <span>{text.panel.meetings.kinds[meeting.kind]}</span>
                  {meeting.opening.byItself && <span>{text.panel.opening.itself(text.panel.opening.beforeMinutes(meeting.opening.beforeMinutes))}</span>}
                  <ReadinessTag entry={ready.get(meeting.id)} />
                </p>
              </div>
              {meeting.tests === null ? (
                <>
                  <Link href={rollCallOf(meeting.id)}>
                    <Button>{text.panel.rollCall.open}</Button>
                  </Link>
                  <OffButton type={index === 0 ? 'primary' : 'default'} can={can.open(powers, meeting)} onClick={() => setOpening(meeting)}>
                    {text.panel.meetings.open}
                  </OffButton>
                </>
              ) : (
                <Link href={`${PATHS.jointTest}?of=${meeting.id}`}>
                  <Button type={index === 0 ? 'primary' : 'default'}>{text.panel.joint.sheetOpen}</Button>
                </Link>
              )}
            </li>
          ))}
        </ol>
      )}
      {opening !== null && <OpenMeeting meeting={opening} done={() => setOpening(null)} />}
    </section>
  )
}
