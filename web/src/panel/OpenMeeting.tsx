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
  const lacks = meeting.signing !== null && meeting.signing.state !== 'signed'
  const open = useChange((id: string) => openMeeting(id, lacks), ['meetings', 'legs'])
  const signing = text.panel.signing
  const names = meeting.venues.map((id) => venues.data?.find((venue) => venue.id === id)?.name ?? id)
  const effect = (all: string) => (all === '' ? words.openEffectNone : meeting.kind === 'own' && meeting.opening.microphones === 'own' ? opening.openEffectOwn(all) : words.openEffect(all))
  return (
    <Ask
      title={words.openTitle(meeting.title)}
      effect={
        <>
          {`${effect(names.join(text.comma))}${meeting.opening.recorded ? opening.openRecords.yes : opening.openRecords.no}`}
          {lacks && meeting.signing !== null && <strong className="signing-lacks">{signing.openUnsigned(signing.state[meeting.signing.state])}</strong>}
        </>
      }
      confirm={lacks ? signing.openAnyway : words.open}
      danger={lacks}
      busy={open.isPending}
      error={open.error}
      yes={() => open.mutate(meeting.id, { onSuccess: done })}
      no={done}
    />
  )
}
