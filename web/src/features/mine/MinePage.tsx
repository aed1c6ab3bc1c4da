import { Button } from 'antd'
import type { AccountRole } from '@/api/generated/wire'
import '@/features/mine/mine.css'
import { span } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { powers } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

/** A leader's page: what is on, and one button. */
export function MinePage({ roles }: { roles: AccountRole[] }) {
  const text = useText()
  const words = text.panel.mine
  const now = useNow(0).getTime()
  const meetings = useMeetings()
  const { view } = powers(roles)
  const all = [...(meetings.data ?? [])].sort((a, b) => a.startsAtMs - b.startsAtMs)
  const onAir = all.filter(({ state }) => state === 'on_air')
  const later = all.filter(({ state }) => state === 'planned')
  return (
    <PageFrame title={words.title}>
      <ProblemLine error={meetings.error} retry={() => void meetings.refetch()} />
      {meetings.data !== undefined && onAir.length === 0 && (
        <section className="card mine-none">
          <h2>{words.none}</h2>
          <p>{words.noneHint}</p>
        </section>
      )}
      {onAir.map((meeting) => (
        <section key={meeting.id} className="card mine-now" aria-label={meeting.title}>
          <div>
            <span className="air-mark">{words.onAir}</span>
            <h2>{meeting.title}</h2>
            <p>{span(meeting.startsAtMs, meeting.endsAtMs, now, text.locale)}</p>
          </div>
          {view && (
            <Button type="primary" className="mine-enter" href={`/join/${encodeURIComponent(meeting.id)}`}>
              {words.enter}
            </Button>
          )}
        </section>
      ))}
      <section className="card" aria-label={words.later}>
        <h2>{words.later}</h2>
        {later.length === 0 ? (
          <p className="quiet">{words.noneLater}</p>
        ) : (
          <ol className="mine-later">
            {later.map((meeting) => (
              <li key={meeting.id}>
                <strong>{meeting.title}</strong>
                <span>{span(meeting.startsAtMs, meeting.endsAtMs, now, text.locale)}</span>
              </li>
            ))}
          </ol>
        )}
      </section>
    </PageFrame>
  )
}
