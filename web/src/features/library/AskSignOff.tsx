import { Form, Input, InputNumber, Modal } from 'antd'
import type { RecordingEntry, SignOffRequest } from '@/api/generated/wire'
import { askSignOff } from '@/api/panel'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

const DAYS = 7
const DAYS_MAX = 90

/** Asks the approver to let a recording out of the house. */
export function AskSignOff({ recording, done }: { recording: RecordingEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.library
  const [form] = Form.useForm<SignOffRequest>()
  const ask = useChange((body: SignOffRequest) => askSignOff(recording.id, body), ['signOffs'])
  return (
    <Modal open title={words.askTitle(recording.title)} okText={words.askConfirm} cancelText={text.panel.cancel} confirmLoading={ask.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.askEffect}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ purpose: '', recipient: '', days: DAYS }}
        onFinish={(fields) => ask.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}
      >
        <Form.Item name="purpose" label={words.purpose} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} placeholder={words.purposeHint} />
        </Form.Item>
        <Form.Item name="recipient" label={words.recipient} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input maxLength={64} placeholder={words.recipientHint} />
        </Form.Item>
        <Form.Item name="days" label={words.days} rules={[{ required: true, message: text.panel.required }]}>
          <InputNumber min={1} max={DAYS_MAX} precision={0} />
        </Form.Item>
      </Form>
      <ProblemLine error={ask.error} />
    </Modal>
  )
}
