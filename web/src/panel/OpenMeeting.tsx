import { openMeeting } from '@/api/panel'
import type { MeetingEntry } from '@/api/generated/wire'
import { Ask } from '@/panel/Ask'
import { useChange, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Asks before a meeting starts, naming whose machines go into it. */
export function OpenMeeting({ meeting, done }: { meeting: MeetingEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.meetings
  const { opening } = text.panel
  const venues = useVenues()
  const open = useChange(openMeeting, ['meetings', 'legs'])
  const names = meeting.venues.map((id) => venues.data?.find((venue) => venue.id === id)?.name ?? id)
  const effect = (all: string) => (all === '' ? words.openEffectNone : meeting.kind === 'own' && meeting.opening.microphones === 'own' ? opening.openEffectOwn(all) : words.openEffect(all))
  return (
    <Ask
      title={words.openTitle(meeting.title)}
      effect={`${effect(names.join(text.comma))}${meeting.opening.recorded ? opening.openRecords.yes : opening.openRecords.no}`}
      confirm={words.open}
      danger={false}
      busy={open.isPending}
      error={open.error}
      yes={() => open.mutate(meeting.id, { onSuccess: done })}
      no={done}
    />
  )
}
