import { Button, Modal } from 'antd'
import type { HandOverMade } from '@/api/generated/wire'
import '@/features/accounts/accounts.css'
import { moment } from '@/lib/format'
import '@/panel/once.css'
import { usePrintsAlone } from '@/panel/use-prints-alone'
import { useText } from '@/text/use-text'

/** The form both sign: what passed from whom to whom. It holds no password, and only it is printed. */
export function HandOverSheet({ done, close }: { done: HandOverMade; close: () => void }) {
  const text = useText()
  const words = text.panel.handOver
  const { account } = done.made
  const rows = [
    [words.sheet.from, `${done.fromName}（${done.fromLogin}）`],
    [words.sheet.to, `${account.name}（${account.login}）`],
    [words.sheet.unit, account.unitName === '' ? words.sheet.none : account.unitName],
    [words.sheet.roles, account.roles.map((role) => text.panel.roles[role]).join(text.comma)],
    [words.sheet.units, done.units.length === 0 ? words.sheet.none : done.units.join(text.comma)],
    [words.sheet.reason, done.reason],
    [words.sheet.at, moment(done.atMs, text.locale)],
  ]
  usePrintsAlone()
  return (
    <Modal
      open
      width={680}
      title={words.sheetTitle}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      rootClassName="once"
      footer={
        <>
          <Button onClick={() => globalThis.print()}>{words.print}</Button>
          <Button type="primary" onClick={close}>
            {words.next}
          </Button>
        </>
      }
    >
      <h2 className="once-print">{words.sheetTitle}</h2>
      <dl className="once-sheet">
        {rows.map(([name, value]) => (
          <div key={name} className="hand-over-row">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>{words.statement}</p>
      <div className="hand-over-signatures">
        {[words.signsFrom, words.signsTo].map((who) => (
          <p key={who}>
            <span>{who}</span>
            <span>{words.date}</span>
          </p>
        ))}
      </div>
    </Modal>
  )
}
