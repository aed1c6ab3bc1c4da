import { Alert, Checkbox, Tag } from 'antd'
import { Link } from 'wouter'
import type { SeriesCheck, SeriesTurnEntry } from '@/api/generated/wire'
import { becomes, countsOf, type Becomes } from '@/features/meetings/repeat'
import { moment } from '@/lib/format'
import { PATHS } from '@/panel/places'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

interface Props {
  check: SeriesCheck | undefined
  /** Turns are left out that another meeting is in the way of. */
  leavesOut: boolean
  warned: boolean
  agree: (change: { leavesOut?: boolean; warned?: boolean }) => void
}

const COLOUR: Record<Becomes, string> = { held: 'green', moved: 'gold', leftOut: 'default', taken: 'red', warned: 'orange' }

/** Every turn of a meeting that comes again, and what would become of it. */
export function Turns({ check, leavesOut, warned, agree }: Props) {
  const text = useText()
  const words = text.panel.series
  if (check === undefined) return <p className="quiet">{text.panel.schedule.checking}</p>
  const counts = countsOf(check)
  const columns: Column<SeriesTurnEntry>[] = [
    { title: words.columns.due, cell: (turn) => moment(turn.dueAtMs, text.locale) },
    { title: words.columns.result, cell: (turn) => <Tag color={COLOUR[becomes(turn)]}>{words.becomes[becomes(turn)]}</Tag> },
    { title: words.columns.why, cell: (turn) => <div className="wraps">{why(turn)}</div> },
  ]
  const why = ({ holiday, startsAtMs, dueAtMs, clashes }: SeriesTurnEntry): string =>
    [
      ...(holiday === '' ? [] : [holiday]),
      ...(startsAtMs !== null && startsAtMs !== dueAtMs ? [words.to(moment(startsAtMs, text.locale))] : []),
      ...new Set(clashes.map(({ wanted, name, title }) => words.clash(text.panel.schedule.thing[wanted](name), title))),
    ].join(text.comma)
  return (
    <div className="findings" aria-live="polite">
      {check.unknownYears.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={words.unknownYears(check.unknownYears.join(text.comma))}
          description={<Link href={`${PATHS.meetings}?days`}>{words.bringDays}</Link>}
        />
      )}
      <p role="status">{words.verdict(counts.held + counts.moved + counts.warned, counts.moved, counts.leftOut, counts.taken)}</p>
      <div className="turns">
        <List rows={check.turns} columns={columns} id={({ dueAtMs }) => String(dueAtMs)} none={words.none} />
      </div>
      {counts.taken > 0 && (
        <Checkbox checked={leavesOut} onChange={({ target }) => agree({ leavesOut: target.checked })}>
          {words.leaveOut(counts.taken)}
        </Checkbox>
      )}
      {counts.warned > 0 && (
        <Checkbox checked={warned} onChange={({ target }) => agree({ warned: target.checked })}>
          {words.knowWarned(counts.warned)}
        </Checkbox>
      )}
    </div>
  )
}
