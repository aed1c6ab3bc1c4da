import type { MeetingEntry } from '@/api/generated/wire'
import { countdown } from '@/lib/countdown'
import { clock, day, span } from '@/lib/format'
import { useText } from '@/text/use-text'
import { type Counted, Figures, isCounted, NOTHING } from '@/ui/big-screen/Figures'
import { Countdown } from '@/ui/Countdown'
import { useNow } from '@/ui/use-now'

/** Between meetings: whose room, what time, what comes. Wanders over the screen, so that nothing burns in. */
export function Idle({ venue, next, counted = NOTHING }: { venue: string; next: MeetingEntry | null; counted?: Counted }) {
  const text = useText()
  const words = text.room
  const now = useNow(0)
  const soon = next !== null && countdown(next.startsAtMs, now.getTime()) !== null
  return (
    <main className={`idle${soon ? ' idle-soon' : ''}${isCounted(counted) ? ' idle-signing' : ''}`} aria-label={words.idle}>
      <div className={`idle-body idle-at-${now.getMinutes() % 6}`}>
        <h1>{venue}</h1>
        <time className="idle-clock">{clock(now).slice(0, 5)}</time>
        <p className="idle-day">{day(now, text.locale)}</p>
        <div className="idle-rule" />
        {next === null ? (
          <p className="idle-none">{words.noNext}</p>
        ) : (
          <>
            <Countdown startsAtMs={next.startsAtMs} />
            <p className="idle-next">
              {!soon && <small>{words.next}</small>}
              <strong>{next.opening.banner === '' ? next.title : next.opening.banner}</strong>
              {next.opening.banner !== '' && <small>{next.title}</small>}
              <span>{span(next.startsAtMs, next.endsAtMs, now.getTime(), text.locale)}</span>
            </p>
            <Figures counted={counted} />
          </>
        )}
      </div>
    </main>
  )
}
