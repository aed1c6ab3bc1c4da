import type { MeetingEntry, RollCallEntry } from '@/api/generated/wire'
import { clock, hourMinute, moment } from '@/lib/format'
import { useText } from '@/text/use-text'

/** The sheet of a roll call (点名表): on paper always, on the page once it has ended. */
export function RollSheet({ meeting, call, hidden }: { meeting: MeetingEntry; call: RollCallEntry; hidden: boolean }) {
  const text = useText()
  const words = text.panel.rollCall
  const { sheet } = words
  const { due, present, absent, fault, open } = call.figures
  return (
    <section className={`roll-sheet${hidden ? ' roll-sheet-paper' : ''}`} aria-label={sheet.title}>
      <h2>{sheet.title}</h2>
      <p>{`${sheet.meeting}：${meeting.title}`}</p>
      <p>{`${sheet.time}：${moment(call.begunAtMs, text.locale)}${call.endedAtMs === null ? '' : ` – ${hourMinute(call.endedAtMs)}`}`}</p>
      <table>
        <thead>
          <tr>
            {[sheet.number, sheet.venue, sheet.result, sheet.note, sheet.at, sheet.by].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {call.venues.map(({ venue, name, answer }, index) => (
            <tr key={venue}>
              <td>{index + 1}</td>
              <td>{name}</td>
              <td className={answer === null ? 'roll-open' : `roll-${answer.presence}`}>{answer === null ? words.unasked : words.presence[answer.presence]}</td>
              <td>{answer?.note ?? ''}</td>
              <td>{answer === null ? '' : clock(new Date(answer.atMs))}</td>
              <td>{answer?.by ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="roll-sum">{words.summary(due, present, absent, fault, open)}</p>
      <p className="roll-signed">
        <span>{sheet.chief}</span>
        <span>{sheet.clerk}</span>
      </p>
    </section>
  )
}
