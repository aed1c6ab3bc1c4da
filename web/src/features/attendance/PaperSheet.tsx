import { useEffect } from 'react'
import type { AttendanceList } from '@/api/generated/wire'
import { everybody } from '@/lib/attendance'
import { hourMinute, moment } from '@/lib/format'
import { useText } from '@/text/use-text'

/** The sheet to sign on (会议签到表): on paper alone. Whoever is on leave has that in place of a signature. */
export function PaperSheet({ list }: { list: AttendanceList }) {
  const text = useText()
  const words = text.panel.attendance
  const { sheet } = words
  useEffect(() => {
    // On paper the sheet has a heading of its own.
    document.body.classList.add('prints-attendance')
    return () => document.body.classList.remove('prints-attendance')
  }, [])
  return (
    <section className="att-sheet" aria-label={sheet.title}>
      <h2>{sheet.title}</h2>
      <p>{`${sheet.meeting}${text.colon}${list.title}`}</p>
      <p>{`${sheet.time}${text.colon}${moment(list.startsAtMs, text.locale)} – ${hourMinute(list.endsAtMs)}`}</p>
      <table>
        <thead>
          <tr>
            {[sheet.number, sheet.unit, sheet.name, sheet.position, sheet.sign, sheet.note].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {everybody(list.units).map(({ id, number, unitName, name, position, answer, signed }) => (
            <tr key={id}>
              <td>{number}</td>
              <td>{unitName}</td>
              <td>{answer.kind === 'standIn' ? `${name}（${words.answer.standIn}${text.colon}${answer.name}）` : name}</td>
              <td>{position}</td>
              <td>{answer.kind === 'leave' || answer.kind === 'absent' ? words.answer[answer.kind] : ''}</td>
              <td>{signed === null ? '' : `${words.signedAt(hourMinute(signed.atMs))}${signed.late ? ` ${words.late}` : ''}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
