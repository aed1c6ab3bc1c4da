import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import type { RecordingDetail } from '@/api/generated/wire'
import { lockRecording } from '@/api/panel'
import { moment } from '@/lib/format'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Whether the recording stays as it is, since when and why; locking it, and unlocking it for whoever signs. */
export function Lock({ detail: { entry, lock }, locks, unlocks }: { detail: RecordingDetail; locks: boolean; unlocks: boolean }) {
  const text = useText()
  const words = text.panel.player
  const [asking, setAsking] = useState(false)
  const may = lock === null ? locks : unlocks
  if (lock === null && !locks) return null
  return (
    <section className="card" aria-label={words.lock}>
      <h2>{words.lock}</h2>
      <p className="quiet">{lock === null ? words.notLocked : words.lockedBy(lock.by, moment(lock.atMs, text.locale), lock.text)}</p>
      {may && <Button onClick={() => setAsking(true)}>{lock === null ? words.lockNow : words.unlockNow}</Button>}
      {asking && <Reason recording={entry.id} title={entry.title} word={lock === null ? 'lock' : 'unlock'} done={() => setAsking(false)} />}
    </section>
  )
}

function Reason({ recording, title, word, done }: { recording: string; title: string; word: 'lock' | 'unlock'; done: () => void }) {
  const text = useText()
  const words = text.panel.player
  const [form] = Form.useForm<{ text: string }>()
  const change = useChange(({ text: said }: { text: string }) => lockRecording(recording, word, said), ['recordings'])
  return (
    <Modal open title={words.lockTitle[word](title)} okText={words.lockConfirm[word]} cancelText={text.panel.cancel} confirmLoading={change.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.lockEffect[word]}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ text: '' }} onFinish={(fields) => change.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <Form.Item name="text" label={words.lockReason} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
      <ProblemLine error={change.error} />
    </Modal>
  )
}
