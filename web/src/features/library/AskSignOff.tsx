import { Form, Input, InputNumber, Modal, Radio } from 'antd'
import type { RecordingEntry, RecordingPart } from '@/api/generated/wire'
import { askSignOff } from '@/api/panel'
import { readPart, typeTime } from '@/features/library/part'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

interface Fields {
  whole: boolean
  from: string
  to: string
  purpose: string
  recipient: string
  days: number
}

const DAYS = 7
const DAYS_MAX = 90

/** Asks the approver of its unit to let a recording, or a part of it, out of the house. */
export function AskSignOff({ recording, part, done }: { recording: RecordingEntry; part?: RecordingPart | undefined; done: () => void }) {
  const text = useText()
  const words = text.panel.library
  const [form] = Form.useForm<Fields>()
  const lengthMs = recording.lengthMs ?? 0
  const unit = recording.pen.unit ?? text.panel.pen.own
  const whole = (Form.useWatch('whole', form) as boolean | undefined) ?? part === undefined
  const ask = useChange(({ whole: all, from, to, ...fields }: Fields) => {
    const wanted = all ? null : readPart(from, to, lengthMs)
    return askSignOff(recording.id, { ...fields, ...(wanted !== null && { part: wanted }) })
  }, ['signOffs', 'recordings'])
  const fits = { validator: () => (readPart(String(form.getFieldValue('from')), String(form.getFieldValue('to')), lengthMs) === null ? Promise.reject(new Error(words.partWrong(typeTime(lengthMs / 1000)))) : Promise.resolve()) }
  return (
    <Modal open title={words.askTitle(recording.title)} okText={words.askConfirm} cancelText={text.panel.cancel} confirmLoading={ask.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{recording.pen.holder === null ? words.askNobody(unit) : words.askEffect(unit, recording.pen.holder)}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ whole: part === undefined, from: typeTime((part?.fromMs ?? 0) / 1000), to: typeTime((part?.toMs ?? lengthMs) / 1000), purpose: '', recipient: '', days: DAYS }}
        onFinish={(fields) => ask.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error, { part: 'to' }) })}
      >
        <Form.Item name="whole" label={words.which}>
          <Radio.Group aria-label={words.which}
            optionType="button"
            options={[
              { value: true, label: words.whole },
              { value: false, label: words.partOnly },
            ]}
          />
        </Form.Item>
        {!whole && (
          <>
            <div className="form-pair">
              <Form.Item name="from" label={words.partFrom}>
                <Input maxLength={9} placeholder="0:10:00" />
              </Form.Item>
              <Form.Item name="to" label={words.partTo} dependencies={['from']} rules={[fits]}>
                <Input maxLength={9} placeholder="0:25:00" />
              </Form.Item>
            </div>
            <p className="quiet">{words.partHint}</p>
          </>
        )}
        <Form.Item name="purpose" label={words.purpose} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} placeholder={words.purposeHint} />
        </Form.Item>
        <div className="form-pair">
          <Form.Item name="recipient" label={words.recipient} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
            <Input maxLength={64} placeholder={words.recipientHint} />
          </Form.Item>
          <Form.Item name="days" label={words.days} rules={[{ required: true, message: text.panel.required }]}>
            <InputNumber min={1} max={DAYS_MAX} precision={0} />
          </Form.Item>
        </div>
      </Form>
      <ProblemLine error={ask.error} />
    </Modal>
  )
}
