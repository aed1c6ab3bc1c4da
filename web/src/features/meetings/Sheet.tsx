import { Button, Modal, Tag } from 'antd'
import { useState } from 'react'
import { Link } from 'wouter'
import type { MeetingEntry, ReadinessEntry, VenueEntry } from '@/api/generated/wire'
import { AskArrangement } from '@/features/meetings/AskArrangement'
import { CancelMeeting } from '@/features/meetings/CancelMeeting'
import { MeetingForm } from '@/features/meetings/MeetingForm'
import { sayOpening } from '@/features/meetings/opening'
import { MeetingPapers } from '@/features/meetings/Papers'
import { moment, span } from '@/lib/format'
import { can, isToBe } from '@/panel/can'
import { Materials } from '@/panel/Materials'
import { OffButton } from '@/panel/OffButton'
import { OpenMeeting } from '@/panel/OpenMeeting'
import { attendanceOf, PATHS, signInTo, type Powers } from '@/panel/places'
import { PlanJointTest } from '@/panel/PlanJointTest'
import { ReadinessTag } from '@/panel/ReadinessTag'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

/** One meeting of the schedule: what it takes, and what can be done with it. */
export function Sheet({ meeting, ready, venues, powers, done }: { meeting: MeetingEntry; ready: ReadinessEntry | undefined; venues: VenueEntry[]; powers: Powers; done: () => void }) {
  const text = useText()
  const words = text.panel.meetings
  const schedule = text.panel.schedule
  const now = useNow(0).getTime()
  const [doing, setDoing] = useState<'changing' | 'cancelling' | 'opening' | 'asking' | 'testing' | null>(null)
  if (doing === 'changing') return <MeetingForm meeting={meeting} venues={venues} done={done} />
  if (doing === 'cancelling') return <CancelMeeting meeting={meeting} done={done} />
  if (doing === 'asking') return <AskArrangement meeting={meeting} done={done} />
  if (doing === 'opening') return <OpenMeeting meeting={meeting} done={done} />
  if (doing === 'testing') return <PlanJointTest meeting={meeting} done={done} />
  const names = meeting.venues.map((id) => venues.find((venue) => venue.id === id)?.name ?? id)
  const { signing } = meeting
  const signWords = text.panel.signing
  const rows: [string, string][] = [
    [words.columns.time, span(meeting.startsAtMs, meeting.endsAtMs, now, text.locale)],
    [words.columns.kind, words.kinds[meeting.kind]],
    [words.columns.venues, names.length === 0 ? '–' : names.join(text.comma)],
    ...(signing === null ? [] : [[signWords.row, signing.atMs === null ? signWords.state[signing.state] : `${signWords.state[signing.state]}${text.colon}${signWords.signedBy(signing.by, moment(signing.atMs, text.locale), signing.text)}`] as [string, string]]),
    [schedule.operator, meeting.operator?.name ?? '–'],
    [schedule.leaders, meeting.leaders.length === 0 ? '–' : meeting.leaders.map(({ name }) => name).join(text.comma)],
    [text.panel.opening.title, sayOpening(meeting.opening, text.panel.opening)],
  ]
  return (
    <Modal
      open
      title={
        <>
          {meeting.title} <Tag>{words.state[meeting.state]}</Tag> {signing !== null && <Tag color={signing.state === 'signed' ? 'green' : 'orange'}>{signWords.state[signing.state]}</Tag>} {meeting.series !== null && <Tag>{text.panel.series.mark}</Tag>}
        </>
      }
      onCancel={done}
      footer={
        isToBe(meeting) ? (
          <div className="row-actions">
            {meeting.tests !== null ? (
              <Link href={`${PATHS.jointTest}?of=${meeting.id}`}>
                <Button type="primary">{text.panel.joint.sheetOpen}</Button>
              </Link>
            ) : meeting.state === 'planned' ? (
              <OffButton type="primary" can={can.open(powers, meeting)} onClick={() => setDoing('opening')}>
                {words.open}
              </OffButton>
            ) : (
              <Link href={PATHS.duty}>
                <Button type="primary">{words.duty}</Button>
              </Link>
            )}
            {powers.attend && (
              <>
                <Link href={attendanceOf(meeting.id)}>
                  <Button>{text.panel.attendance.list}</Button>
                </Link>
                <Link href={signInTo(meeting.id)}>
                  <Button>{text.panel.attendance.door}</Button>
                </Link>
              </>
            )}
            {powers.ask && signing !== null && (signing.state === 'unsigned' || signing.state === 'refused') && <Button onClick={() => setDoing('asking')}>{signWords.ask}</Button>}
            <OffButton can={can.change(powers, meeting)} onClick={() => setDoing('changing')}>
              {text.panel.edit}
            </OffButton>
            {meeting.state === 'planned' && (
              <OffButton danger can={can.cancel(powers, meeting)} onClick={() => setDoing('cancelling')}>
                {words.cancel}
              </OffButton>
            )}
          </div>
        ) : null
      }
    >
      <dl className="sheet">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {meeting.tests === null && isToBe(meeting) && <TestRow ready={ready} plan={powers.steer && meeting.state === 'planned' ? () => setDoing('testing') : null} />}
      </dl>
      {meeting.tests !== null && isToBe(meeting) && <p className="quiet">{text.panel.joint.slotHint}</p>}
      {meeting.tests === null && <Materials meeting={meeting.id} writes={powers.write} />}
      <MeetingPapers meeting={meeting} writes={powers.write} />
    </Modal>
  )
}

/** The joint test of a meeting: when it is, how it stands, or why there is none. */
function TestRow({ ready, plan }: { ready: ReadinessEntry | undefined; plan: (() => void) | null }) {
  const text = useText()
  const words = text.panel.joint
  const slot = ready?.slot ?? null
  const none = ready?.none ?? null
  const at = ready?.startsAtMs ?? null
  return (
    <div>
      <dt>{words.sheet}</dt>
      <dd>
        {slot !== null ? <Link href={`${PATHS.jointTest}?of=${slot}`}>{at === null ? words.sheetOpen : moment(at, text.locale)}</Link> : none === null ? words.sheetNone : words.none[none]}{' '}
        <ReadinessTag entry={ready} />
        {slot === null && plan !== null && (
          <Button size="small" onClick={plan}>
            {words.plan}
          </Button>
        )}
      </dd>
    </div>
  )
}
