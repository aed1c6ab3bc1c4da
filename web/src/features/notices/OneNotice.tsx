import { Alert, Button } from 'antd'
import { useEffect, useState } from 'react'
import { confirmNotice, readNotice } from '@/api/attendance'
import type { UnitNotice } from '@/api/generated/wire'
import { OwnPeople } from '@/features/notices/OwnPeople'
import { useStep } from '@/features/notices/use-notices'
import { hourMinute, moment } from '@/lib/format'
import { Materials } from '@/panel/Materials'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

/** One notice, open: that it is open is its 已阅, its one button the receipt. */
export function OneNotice({ notice }: { notice: UnitNotice }) {
  const text = useText()
  const words = text.panel.notices
  const reading = useStep()
  const confirming = useStep()
  const { meeting, unit, receipt, hours } = notice
  const toBe = hours.phase === 'toBe'
  const unread = toBe && (receipt.standing === 'notified' || receipt.standing === 'changed')
  // What changed is said for as long as the page is open, also once it is read.
  const [changed, setChanged] = useState(false)
  if (receipt.standing === 'changed' && !changed) setChanged(true)
  const { mutate: read } = reading
  useEffect(() => {
    if (unread) read(() => readNotice(meeting, unit))
  }, [unread, read, meeting, unit])
  const at = (ms: number) => moment(ms, text.locale)
  const sameDay = new Date(notice.startsAtMs).toDateString() === new Date(notice.endsAtMs).toDateString()
  const rows: [string, string][] = [
    [words.time, `${at(notice.startsAtMs)} – ${sameDay ? hourMinute(notice.endsAtMs) : at(notice.endsAtMs)}`],
    [words.venue, notice.venue === '' ? '–' : notice.venue],
    ...(notice.organiser === '' ? [] : [[words.organiser, notice.organiser] as [string, string]]),
    ...(notice.requirements.length === 0 ? [] : [[words.requirement, notice.requirements.join('\n')] as [string, string]]),
    ...(notice.jointTestAtMs === null ? [] : [[words.jointTest, words.jointTestAt(at(notice.jointTestAtMs))] as [string, string]]),
    ...(notice.contact === '' ? [] : [[words.contact, notice.contact] as [string, string]]),
    [words.deadline, at(hours.answersUntilMs)],
  ]
  return (
    <div className="notice">
      {hours.phase === 'cancelled' && <Alert type="error" showIcon title={words.cancelledBecause(notice.cancelReason)} />}
      {hours.phase === 'over' && <Alert type="info" showIcon title={words.over} />}
      {toBe && changed && receipt.standing !== 'confirmed' && <Alert type="warning" showIcon role="alert" title={words.changed} />}
      <section className="card notice-said">
        <dl>
          {rows.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {notice.agenda.length > 0 && (
            <div>
              <dt>{words.agenda}</dt>
              <dd>
                <ol>
                  {notice.agenda.map((item) => (
                    <li key={item}>{item}</li>
                  ))}
                </ol>
              </dd>
            </div>
          )}
        </dl>
        <ProblemLine error={confirming.error ?? reading.error} />
        {receipt.standing === 'confirmed' && receipt.confirmedAtMs !== null ? (
          <p className="notice-confirmed">
            <span aria-hidden="true">✓ </span>
            {words.confirmed(receipt.confirmedBy, at(receipt.confirmedAtMs))}
          </p>
        ) : (
          toBe && (
            <div className="notice-confirm">
              <Button type="primary" size="large" loading={confirming.isPending} disabled={unread} onClick={() => confirming.mutate(() => confirmNotice(meeting, unit))}>
                {words.confirm}
              </Button>
              <p className="quiet">{words.confirmHint}</p>
            </div>
          )
        )}
        <Materials meeting={meeting} writes={false} />
      </section>
      <OwnPeople notice={notice} />
    </div>
  )
}
