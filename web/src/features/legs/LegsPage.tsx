import type { LegStatus } from '@/api/generated/wire'
import { codecName } from '@/lib/format'
import { LegStateLine } from '@/panel/LegStateLine'
import { useLive } from '@/panel/live'
import { PageFrame } from '@/panel/PageFrame'
import { useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** Every link that is not WebRTC: what it feeds, how it is, and what to set on the encoder. */
export function LegsPage() {
  const text = useText()
  const words = text.panel.legs
  const { status } = useLive()
  const meetings = useMeetings()
  const head = words.columns
  const columns: Column<LegStatus>[] = [
    { title: head.name, cell: (leg) => <strong>{leg.name}</strong> },
    { title: head.state, cell: (leg) => <LegStateLine state={leg.state} sentence={leg.detail} restarts={leg.restarts} sinceMs={leg.sinceMs} /> },
    { title: head.picture, cell: ({ picture }) => (picture === null ? '–' : `${codecName('h264')} ${picture.width}×${picture.height} ${picture.fps.toFixed(0)} fps`) },
    { title: head.meeting, cell: (leg) => meetings.data?.find((meeting) => meeting.id === leg.meeting)?.title ?? leg.meeting },
  ]
  return (
    <PageFrame title={words.title} hint={words.hint}>
      <section className="card">
        <List rows={status?.legs ?? []} columns={columns} id={(leg) => leg.id} none={status === null ? text.panel.loading : words.none} />
        <p className="quiet">{words.settings}</p>
      </section>
      <aside className="form-hint">
        <strong>{words.encoderTitle}</strong>
        <ul>
          {words.encoder.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </aside>
    </PageFrame>
  )
}
