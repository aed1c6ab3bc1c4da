import { Form, Input, Modal } from 'antd'
import type { MeetingEntry } from '@/api/generated/wire'
import { askArrangement } from '@/api/signing'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Sends a meeting's arrangement as it is now to whoever holds its unit's pen. */
export function AskArrangement({ meeting, done }: { meeting: MeetingEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.signing
  const [form] = Form.useForm<{ text: string }>()
  const ask = useChange(({ text: said }: { text: string }) => askArrangement(meeting.id, said), ['meetings', 'signOffs'])
  return (
    <Modal open title={words.askTitle(meeting.title)} okText={words.ask} cancelText={text.panel.cancel} confirmLoading={ask.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.askEffect}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ text: '' }} onFinish={(fields) => ask.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <Form.Item name="text" label={words.askText}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
      <ProblemLine error={ask.error} />
    </Modal>
  )
}
