import { Button, Modal } from 'antd'
import type { HandOverForm } from '@/api/generated/wire'
import '@/features/accounts/accounts.css'
import { moment } from '@/lib/format'
import '@/panel/once.css'
import { usePrintsAlone } from '@/panel/use-prints-alone'
import { useText } from '@/text/use-text'

/** The form both sign: what passed from whom to whom. It holds no password, and only it is printed. `next` is what its other button says. */
export function HandOverSheet({ form, next, close }: { form: HandOverForm; next: string; close: () => void }) {
  const text = useText()
  const words = text.panel.handOver
  const rows = [
    [words.sheet.from, `${form.fromName}（${form.fromLogin}）`],
    [words.sheet.to, `${form.toName}（${form.toLogin}）`],
    [words.sheet.unit, form.unitName === '' ? words.sheet.none : form.unitName],
    [words.sheet.roles, form.roles.map((role) => text.panel.roles[role]).join(text.comma)],
    [words.sheet.units, form.units.length === 0 ? words.sheet.none : form.units.join(text.comma)],
    [words.sheet.reason, form.reason],
    [words.sheet.at, moment(form.atMs, text.locale)],
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
            {next}
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
