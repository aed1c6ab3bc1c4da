import { useEffect, useState } from 'react'
import { Idle } from '@/features/room/Idle'
import { InMeeting } from '@/features/room/InMeeting'
import { readPreferences, writePreferences, type RoomPreferences } from '@/features/room/preferences'
import '@/features/room/room.css'
import { Unpaired } from '@/features/room/Unpaired'
import { useVenue } from '@/features/room/use-venue'
import { problemText } from '@/text/problem'
import { useText } from '@/text/use-text'
import { stayAwake } from '@/ui/big-screen/awake'
import '@/ui/big-screen/big-screen.css'
import { Figures } from '@/ui/big-screen/Figures'
import { Slate } from '@/ui/big-screen/Slate'

/** A room's machine: the big screen of whatever meeting its venue has, and the room's camera and microphone. */
export function RoomPage({ venue }: { venue: string | null }) {
  const text = useText()
  if (venue === null) return <Slate title={text.productLong} line={text.room.noVenue} help={null} skewMs={0} />
  return <Room id={venue} />
}

function Room({ id }: { id: string }) {
  const text = useText()
  const words = text.room
  const venue = useVenue(id)
  const [preferences, setPreferences] = useState(readPreferences)
  useEffect(() => stayAwake(), [])
  const name = venue.kind === 'known' ? venue.now.venue.name : null
  useEffect(() => {
    document.title = `${name ?? words.title} · ${text.product}`
  }, [name, words, text])
  const change = (next: RoomPreferences) => {
    setPreferences(next)
    writePreferences(next)
  }
  switch (venue.kind) {
    case 'asking':
      return <Slate title={text.productLong} line={text.screen.connecting} help={null} skewMs={0} />
    case 'refused': {
      const { problem } = venue
      if (problem.kind === 'unreachable') return <Slate title={text.productLong} line={text.screen.connecting} help={null} skewMs={0} />
      if (problem.status === 401 || problem.status === 403 || problem.status === 404) return <Unpaired />
      const { line, code } = problemText(text.problem, problem)
      return <Slate title={text.productLong} line={line} help={text.panel.code(code)} skewMs={0} />
    }
    case 'known': {
      const { onAir, next, venue: place, counted } = venue.now
      if (onAir === null) return <Idle venue={place.name} next={next} counted={counted} />
      return (
        <>
          <InMeeting key={onAir.id} meeting={onAir.id} venue={place.name} sends={venue.sends} preferences={preferences} change={change} />
          <Figures counted={counted} over />
        </>
      )
    }
  }
}
