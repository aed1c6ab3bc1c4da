import { App, Button, Modal } from 'antd'
import type { AccountMade } from '@/api/generated/wire'
import '@/panel/once.css'
import { usePrintsAlone } from '@/panel/use-prints-alone'
import { useText } from '@/text/use-text'

/** A one-time password: shown now and never again. Only this sheet is printed. */
export function OnceDialog({ made, close }: { made: AccountMade; close: () => void }) {
  const text = useText()
  const words = text.panel.accounts
  usePrintsAlone()
  const { message } = App.useApp()
  const copy = () => {
    navigator.clipboard.writeText(made.oneTimePassword).then(
      () => void message.success(text.panel.copied),
      () => void message.error(text.panel.copyFault),
    )
  }
  return (
    <Modal
      open
      title={words.madeTitle}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      rootClassName="once"
      footer={
        <>
          <Button onClick={copy}>{text.panel.copy}</Button>
          <Button onClick={() => globalThis.print()}>{text.panel.print}</Button>
          <Button type="primary" onClick={close}>
            {words.madeDone}
          </Button>
        </>
      }
    >
      <h2 className="once-print">{words.printTitle}</h2>
      <dl className="once-sheet">
        <dt>{words.name}</dt>
        <dd>{made.account.name}</dd>
        <dt>{words.madeLogin}</dt>
        <dd>{made.account.login}</dd>
        <dt>{words.madePassword}</dt>
        <dd>
          <output className="once-password" aria-label={words.madePassword}>
            {made.oneTimePassword}
          </output>
        </dd>
        <dt>{words.madeWhere}</dt>
        <dd>{location.origin}</dd>
      </dl>
      <p>{words.madeHint(made.account.name)}</p>
    </Modal>
  )
}
