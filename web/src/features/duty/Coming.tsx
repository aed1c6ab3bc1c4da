import type { MeetingEntry } from '@/api/generated/wire'
import { next } from '@/lib/countdown'
import { Countdown } from '@/ui/Countdown'
import { useNow } from '@/ui/use-now'

/** The next planned meeting, from an hour before it: also while another is on air. */
export function Coming({ meetings }: { meetings: MeetingEntry[] }) {
  const now = useNow(0).getTime()
  const coming = next(
    meetings.filter((meeting) => meeting.state === 'planned'),
    now,
  )
  return coming === null ? null : <Countdown key={coming.id} title={coming.title} startsAtMs={coming.startsAtMs} attended />
}
