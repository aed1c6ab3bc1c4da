import { Button, Dropdown } from 'antd'
import type { Dayjs } from 'dayjs'
import { attendancePaper } from '@/api/attendance'
import type { MeetingEntry } from '@/api/generated/wire'
import { jointTestRecord } from '@/api/joint'
import { daysOf, mine, paperOf, scheduled, weekPaper } from '@/features/meetings/papers'
import { ProblemLine } from '@/panel/ProblemLine'
import { useAttendanceFile } from '@/panel/use-attendance-file'
import { useText } from '@/text/use-text'

/** What of one meeting is printed or taken along; `writes` is whether it is theirs to write its notice. */
export function MeetingPapers({ meeting: { id, title, tests }, writes }: { meeting: MeetingEntry; writes: boolean }) {
  const text = useText()
  const words = text.panel.papers
  const table = useAttendanceFile(id, title)
  const link = (name: string, href: string) => (
    <Button size="small" href={href} download>
      {name}
    </Button>
  )
  return (
    <section className="papers" aria-label={words.title}>
      <h3>{words.title}</h3>
      <div className="row-actions">
        {tests !== null && link(words.jointTest, jointTestRecord(id))}
        {tests === null && writes && (
          <>
            {link(words.notice, paperOf(id, 'notice.pdf'))}
            {link(words.signIn, attendancePaper(id))}
            <Button size="small" loading={table.isPending} onClick={() => table.mutate('xlsx')}>
              {words.signInTable}
            </Button>
          </>
        )}
        {link(words.calendar, paperOf(id, 'meeting.ics'))}
      </div>
      <ProblemLine error={table.error} />
    </section>
  )
}

/** What of the days that are shown is printed or taken along. */
export function SchedulePapers({ view, day, today }: { view: 'week' | 'month' | 'list'; day: Dayjs; today: Dayjs }) {
  const text = useText()
  const words = text.panel.papers
  const days = daysOf(view, day)
  const link = (key: string, name: string, href: string) => ({
    key,
    label: (
      <a href={href} download>
        {name}
      </a>
    ),
  })
  const items = [
    link('week', words.week, weekPaper(day, 'a4')),
    link('week-large', words.weekLarge, weekPaper(day, 'a3')),
    link('duty', words.duty(words.span[view]), scheduled('duty.pdf', days)),
    link('calendar', words.calendars(words.span[view]), scheduled('calendar.ics', days)),
    link('mine', words.mine, mine(today)),
  ]
  return (
    <Dropdown menu={{ items }} trigger={['click']}>
      <Button size="large">{words.more}</Button>
    </Dropdown>
  )
}
