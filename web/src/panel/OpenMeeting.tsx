import { openMeeting } from '@/api/panel'
import type { MeetingEntry } from '@/api/generated/wire'
import { Ask } from '@/panel/Ask'
import { useChange, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Asks before a meeting starts, naming whose machines go into it. */
export function OpenMeeting({ meeting, done }: { meeting: MeetingEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.meetings
  const venues = useVenues()
  const open = useChange(openMeeting, ['meetings', 'legs'])
  const names = meeting.venues.map((id) => venues.data?.find((venue) => venue.id === id)?.name ?? id)
  return (
    <Ask
      title={words.openTitle(meeting.title)}
      effect={names.length === 0 ? words.openEffectNone : words.openEffect(names.join(text.comma))}
      confirm={words.open}
      danger={false}
      busy={open.isPending}
      error={open.error}
      yes={() => open.mutate(meeting.id, { onSuccess: done })}
      no={done}
    />
  )
}
