import { Input, Modal } from 'antd'
import { useState } from 'react'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

interface Props {
  title: string
  effect?: string
  hint: string
  confirm: string
  beginning: string
  busy: boolean
  error: Error | null
  yes: (text: string) => void
  no: () => void
}

const CHARS_MAX = 200

/** Asks for one line: what is wrong, or why. Enter hands it in. */
export function Note({ title, effect, hint, confirm, beginning, busy, error, yes, no }: Props) {
  const words = useText().panel
  const [typed, setTyped] = useState(beginning)
  const text = typed.trim()
  const submit = () => {
    if (text !== '') yes(text)
  }
  return (
    <Modal open title={title} okText={confirm} cancelText={words.cancel} okButtonProps={{ disabled: text === '' }} confirmLoading={busy} onOk={submit} onCancel={no} destroyOnHidden>
      {effect !== undefined && <p className="ask-effect">{effect}</p>}
      <Input autoFocus aria-label={words.joint.note} maxLength={CHARS_MAX} placeholder={hint} value={typed} onChange={({ target }) => setTyped(target.value)} onPressEnter={submit} />
      <ProblemLine error={error} />
    </Modal>
  )
}
