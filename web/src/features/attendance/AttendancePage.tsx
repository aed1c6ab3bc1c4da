import { Button, Tag } from 'antd'
import { Link, useSearchParams } from 'wouter'
import type { MeetingEntry } from '@/api/generated/wire'
import '@/features/attendance/attendance.css'
import { Door } from '@/features/attendance/Door'
import { KeptList } from '@/features/attendance/KeptList'
import { span } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { attendanceOf, signInTo } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'
import { useNow } from '@/ui/use-now'

/** How long a meeting that is over stays to choose, so that sign-ins can be entered from paper. */
const AFTER_MS = 7 * 24 * 3_600_000

/** Attendance: a list that is kept, the desk at the door, or which meeting it is to be. */
export function AttendancePage() {
  const [search] = useSearchParams()
  const [list, door] = [search.get('meeting'), search.get('door')]
  if (door !== null) return <Door key={door} meeting={door} />
  if (list !== null) return <KeptList key={list} meeting={list} />
  return <Pick />
}

function Pick() {
  const text = useText()
  const words = text.panel.attendance
  const meetings = useMeetings()
  const now = useNow(0).getTime()
  const near = (meetings.data ?? []).filter(({ state, tests, endsAtMs }) => tests === null && state !== 'cancelled' && (state !== 'closed' || endsAtMs > now - AFTER_MS))
  const ahead = near.filter(({ state }) => state !== 'closed').sort((a, b) => a.startsAtMs - b.startsAtMs)
  const past = near.filter(({ state }) => state === 'closed').sort((a, b) => b.startsAtMs - a.startsAtMs)
  const columns: Column<MeetingEntry>[] = [
    { title: text.panel.meetings.columns.title, cell: ({ title }) => <strong className="wraps">{title}</strong> },
    { title: text.panel.meetings.columns.state, cell: ({ state }) => <Tag>{text.panel.meetings.state[state]}</Tag> },
    { title: text.panel.meetings.columns.time, cell: ({ startsAtMs, endsAtMs }) => span(startsAtMs, endsAtMs, now, text.locale) },
    {
      title: words.columns.actions,
      cell: ({ id, title }) => (
        <div className="row-actions">
          <Link href={attendanceOf(id)} aria-label={`${words.list}${text.colon}${title}`}>
            <Button type="primary">{words.list}</Button>
          </Link>
          <Link href={signInTo(id)} aria-label={`${words.door}${text.colon}${title}`}>
            <Button>{words.door}</Button>
          </Link>
        </div>
      ),
    },
  ]
  return (
    <PageFrame title={words.title} hint={words.pickHint}>
      <ProblemLine error={meetings.error} retry={() => void meetings.refetch()} />
      <section className="card">
        <List rows={[...ahead, ...past]} columns={columns} id={({ id }) => id} none={meetings.data === undefined ? text.panel.loading : words.none} />
      </section>
    </PageFrame>
  )
}
