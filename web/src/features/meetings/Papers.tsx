import { Button, Dropdown } from 'antd'
import type { Dayjs } from 'dayjs'
import { daysOf, mine, paperOf, scheduled, weekPaper, type SheetPaper } from '@/features/meetings/papers'
import { useText } from '@/text/use-text'

/** What of one meeting is printed or taken along; `writes` is whether it is theirs to write its notice. */
export function MeetingPapers({ meeting, writes }: { meeting: string; writes: boolean }) {
  const text = useText()
  const words = text.panel.papers
  const papers: [SheetPaper, string][] = [
    ['notice.pdf', words.notice],
    ['attendance.pdf', words.signIn],
    ['attendance.xlsx', words.signInTable],
    ['meeting.ics', words.calendar],
  ]
  return (
    <section className="papers" aria-label={words.title}>
      <h3>{words.title}</h3>
      <div className="row-actions">
        {papers
          .filter(([paper]) => writes || paper === 'meeting.ics')
          .map(([paper, name]) => (
            <Button key={paper} size="small" href={paperOf(meeting, paper)} download>
              {name}
            </Button>
          ))}
      </div>
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
