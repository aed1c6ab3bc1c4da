import { useEffect } from 'react'
import type { JointTestEntry } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

/** 调试情况记录表: one page of A4, seen on paper alone. */
export function RecordForm({ test }: { test: JointTestEntry }) {
  const text = useText()
  const words = text.panel.joint
  const now = useNow(0).getTime()
  useEffect(() => {
    document.body.classList.add('joint-printed')
    return () => document.body.classList.remove('joint-printed')
  }, [])
  const at = (ms: number) => moment(ms, text.locale)
  const rows: [string, string][] = [
    [words.of, test.title],
    [words.meetingTime, at(test.meetingStartsAtMs)],
    [words.time, at(test.begun?.atMs ?? test.startsAtMs)],
    [words.line, test.line === '' ? words.noLine : test.line],
    [words.venues, test.venues.join(text.comma)],
    [words.ranBy, test.begun?.name ?? test.operator?.name ?? ''],
  ]
  const signed = test.accepted === null ? '' : words.by(test.accepted.name, at(test.accepted.atMs))
  return (
    <article className="joint-form">
      <h1>{words.form}</h1>
      <table className="joint-form-head">
        <tbody>
          {[0, 2, 4].map((row) => (
            <tr key={row}>
              {rows.slice(row, row + 2).map(([name, value]) => [
                <th key={name} scope="row">
                  {name}
                </th>,
                <td key={`${name}-value`}>{value}</td>,
              ])}
            </tr>
          ))}
        </tbody>
      </table>
      <table className="joint-form-items">
        <thead>
          <tr>
            {Object.values(words.columns).map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {test.items.map((item, place) => (
            <tr key={item.id}>
              <td>{place + 1}</td>
              <td>{item.text}</td>
              <td>{words.verdict[item.verdict]}</td>
              <td>{[item.measured, item.note === item.measured ? '' : item.note].filter((part) => part !== '').join('；')}</td>
              <td>{item.by?.name ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="joint-form-result">
        {words.result}
        {text.colon}
        <strong>{words.state[test.state]}</strong>
        {test.ended !== null && ` ${words.by(test.ended.name, at(test.ended.atMs))}`}
      </p>
      {test.reason !== '' && (
        <p className="joint-form-result">
          {words.reason}
          {text.colon}
          {test.reason}
          {signed !== '' && ` ${words.state.accepted}${text.colon}${signed}`}
        </p>
      )}
      <div className="joint-form-signs">
        {Object.values(words.signs).map((who) => (
          <p key={who}>{who}</p>
        ))}
      </div>
      <p className="joint-form-printed">{words.printed(at(now))}</p>
    </article>
  )
}
