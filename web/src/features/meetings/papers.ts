/** Where the papers of a meeting and of the schedule are fetched: the server makes each anew. Pure. */
import type { Dayjs } from 'dayjs'
import { weekOf } from '@/features/meetings/board'

type MeetingPaper = 'notice.pdf' | 'meeting.ics'

export const paperOf = (meeting: string, paper: MeetingPaper): string => `/api/meetings/${encodeURIComponent(meeting)}/${paper}`

/** From the day that is shown on to the end of what is shown: its week, its month, or 31 days. */
export const daysOf = (view: 'week' | 'month' | 'list', day: Dayjs): [Dayjs, Dayjs] => {
  const [monday = day] = weekOf(day)
  if (view === 'week') return [monday, monday.add(7, 'day')]
  return view === 'month' ? [day.startOf('month'), day.startOf('month').add(1, 'month')] : [day.startOf('day'), day.startOf('day').add(31, 'day')]
}

type SchedulePaper = 'duty.pdf' | 'calendar.ics'

export const scheduled = (paper: SchedulePaper, [from, to]: [Dayjs, Dayjs]): string => `/api/schedule/${paper}?from=${from.valueOf()}&to=${to.valueOf()}`

export const weekPaper = (day: Dayjs, size: 'a4' | 'a3'): string => `/api/schedule/week.pdf?from=${daysOf('week', day)[0].valueOf()}&size=${size}`

/** Whatever somebody operates or attends from today on. */
export const mine = (today: Dayjs): string => `${scheduled('calendar.ics', [today.startOf('day'), today.startOf('day').add(28, 'day')])}&mine=true`
