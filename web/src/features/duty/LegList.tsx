import { Link } from 'wouter'
import { useLive } from '@/panel/live'
import { PATHS } from '@/panel/places'
import { useText } from '@/text/use-text'
import { LegStateLine } from '@/panel/LegStateLine'

/** The links of a meeting in plain words. */
export function LegList({ legs }: { legs: string }) {
  const text = useText()
  const words = text.panel.duty
  const { status } = useLive()
  const mine = (status?.legs ?? []).filter((leg) => leg.meeting === legs)
  return (
    <section className="card" aria-label={words.legs}>
      <h3>{words.legs}</h3>
      {mine.length === 0 && (
        <p className="quiet">
          {words.noLegs}
          <Link href={PATHS.legs}>{text.panel.legs.make}</Link>
        </p>
      )}
      {mine.map((leg) => (
        <div key={leg.id} className="leg-line">
          <strong>{leg.name}</strong>
          <LegStateLine state={leg.state} sentence={leg.detail} restarts={leg.restarts} sinceMs={leg.sinceMs} />
        </div>
      ))}
    </section>
  )
}
