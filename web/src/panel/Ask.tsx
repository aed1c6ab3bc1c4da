import { Modal } from 'antd'
import type { ReactNode } from 'react'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

interface Props {
  title: string
  /** Everything that will happen, in one or two sentences. */
  effect: ReactNode
  confirm: string
  danger?: boolean
  busy: boolean
  error: Error | null
  yes: () => void
  no: () => void
}

/** Asks before something is done that others notice. Enter does it, Escape does nothing. */
export function Ask({ title, effect, confirm, danger = true, busy, error, yes, no }: Props) {
  const words = useText().panel
  return (
    <Modal
      open
      title={title}
      okText={confirm}
      cancelText={words.cancel}
      okButtonProps={{ danger, autoFocus: true }}
      confirmLoading={busy}
      onOk={yes}
      onCancel={no}
      destroyOnHidden
    >
      <p className="ask-effect">{effect}</p>
      <ProblemLine error={error} />
    </Modal>
  )
}
