import { Alert, Button, Spin } from 'antd'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { MeetingStatus, Status } from '@/api/generated/wire'
import { Chart } from '@/features/status/Chart'
import '@/features/status/status.css'
import { SaveNetwork } from '@/features/status/SaveNetwork'
import { Legs, Peers, Pipelines, Publications, Workers } from '@/features/status/tables'
import { bitrate, codecName, duration } from '@/lib/format'
import { attention, totals } from '@/panel/attention'
import { useLive } from '@/panel/live'
import { PageFrame } from '@/panel/PageFrame'
import { PATHS } from '@/panel/places'
import { useText } from '@/text/use-text'

/** Everything a technician must see at one glance: what is wrong first, then how much, then everything. */
export function StatusPage() {
  const text = useText()
  const words = text.status
  const { status, history, stale, fault } = useLive()
  return (
    <PageFrame title={words.title}>
      {stale && <Alert type="error" showIcon title={words.stale} />}
        {status === null ? (
          <div className="panel-empty">{fault === null ? <Spin description={words.loading}><div className="panel-spin" /></Spin> : <Alert type="error" showIcon title={words[fault]} />}</div>
        ) : (
          <>
            <Summary status={status} />
            <Chart history={history} />
            {status.meetings.length === 0 && <Part title={words.summary.meetings}>{words.noMeetings}</Part>}
            {status.meetings.map((meeting) => (
              <MeetingPart key={meeting.id} meeting={meeting} />
            ))}
            <Part title={words.legs}>
              <Legs legs={status.legs} meetings={status.meetings} />
            </Part>
            <div className="panel-pair">
              <Part title={words.workers}>
                <Workers workers={status.workers} />
              </Part>
              <Part title={words.pipelines}>
                <Pipelines pipelines={status.pipelines} />
              </Part>
            </div>
            <footer className="panel-foot">
              {words.version(status.version)} · {words.subtitle}
              {status.demo || (
                <>
                  {' · '}
                  <Link href={PATHS.api}>{text.panel.api.link}</Link>
                </>
              )}
            </footer>
          </>
        )}
    </PageFrame>
  )
}

function Summary({ status }: { status: Status }) {
  const words = useText().status
  const items = attention(status, words)
  const total = totals(status)
  const grave = items.some((item) => item.grave)
  const verdict = items.length === 0 ? 'fine' : grave ? 'grave' : 'attention'
  const figures: [string, string | number][] = [
    [words.summary.meetings, status.meetings.length],
    [words.summary.peers, total.peers],
    [words.summary.legs, `${status.legs.filter((leg) => leg.state === 'running').length} / ${status.legs.length}`],
    [words.summary.in, bitrate(total.in)],
    [words.summary.out, bitrate(total.out)],
    [words.summary.uptime, duration(status.uptimeSeconds, words.days)],
  ]
  return (
    <section className="summary">
      <div className={`verdict verdict-${verdict}`} role="status">
        <strong>{items.length === 0 ? words.fine : words.attention(items.length)}</strong>
        {items.length > 0 && (
          <ul>
            {items.map((item) => (
              <li key={item.key}>{item.line}</li>
            ))}
          </ul>
        )}
      </div>
      <dl className="summary-figures">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function MeetingPart({ meeting }: { meeting: MeetingStatus }) {
  const words = useText().status
  const onAir = meeting.peers.find((peer) => peer.participant === meeting.onAir && peer.kind !== 'viewer')?.name ?? meeting.onAir
  const path = encodeURIComponent(meeting.id)
  return (
    <Part
      title={meeting.title}
      note={
        <>
          {codecName(meeting.codec)}
          <span className="part-air">{onAir === null ? words.nobodyOnAir : `${words.onAir} · ${onAir}`}</span>
        </>
      }
      actions={
        <>
          <SaveNetwork meeting={meeting.id} />
          <Button type="primary" href={`/screen/${path}`} target="_blank" rel="noopener">
            {words.openScreen}
          </Button>
          <Button href={`/join/${path}`} target="_blank" rel="noopener">
            {words.openJoin}
          </Button>
        </>
      }
    >
      <h3>{words.peers}</h3>
      <Peers meeting={meeting} />
      <h3>{words.publications}</h3>
      <Publications meeting={meeting} />
    </Part>
  )
}

function Part({ title, note, actions, children }: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="part" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note !== undefined && <p>{note}</p>}
        <div className="part-actions">{actions}</div>
      </header>
      {children}
    </section>
  )
}
