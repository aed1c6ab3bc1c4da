import { AutoComplete, Form, Input, Modal } from 'antd'
import type { AttendeeAnswer, AttendeeEntry } from '@/api/generated/wire'
import type { Step } from '@/features/notices/use-notices'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

interface Typed {
  reason: string
  standIn: string
  approver: string
}

interface Props {
  kind: 'leave' | 'standIn'
  person: AttendeeEntry
  step: Step
  send: (answer: AttendeeAnswer) => Promise<void>
  done: () => void
}

/** Asks leave for somebody, or says who comes instead; both name who approved it. */
export function AskAway({ kind, person, step, send, done }: Props) {
  const text = useText()
  const words = text.panel.notices
  const { attendance } = text.panel
  const [form] = Form.useForm<Typed>()
  const why = (Form.useWatch('reason', form) as string | undefined) ?? ''
  const needed = [{ required: true, whitespace: true, message: text.panel.required }]
  const submit = ({ reason, standIn, approver }: Typed) =>
    step.mutate(() => send(kind === 'leave' ? { kind, reason, approver } : { kind, name: standIn, approver }), { onSuccess: done, onError: (error) => showFaults(form, error) })
  return (
    <Modal
      open
      title={kind === 'leave' ? words.leaveTitle(person.name) : words.standInTitle(person.name)}
      okText={kind === 'leave' ? words.submitLeave : words.submitStandIn}
      cancelText={text.panel.cancel}
      confirmLoading={step.isPending}
      onOk={() => form.submit()}
      onCancel={done}
      destroyOnHidden
    >
      <Form form={form} layout="vertical" requiredMark={false} onFinish={submit}>
        {kind === 'leave' ? (
          <Form.Item name="reason" label={attendance.fields.reason} rules={needed}>
            {/* Once something is typed they would lie over the button. */}
            <AutoComplete showSearch={false} options={why === '' ? attendance.reasons.map((value) => ({ value })) : []}>
              <Input size="large" autoFocus maxLength={100} placeholder={attendance.reasonHint} autoComplete="off" />
            </AutoComplete>
          </Form.Item>
        ) : (
          <Form.Item name="standIn" label={attendance.fields.standIn} rules={needed}>
            <Input size="large" autoFocus maxLength={64} placeholder={attendance.standInHint} autoComplete="off" />
          </Form.Item>
        )}
        <Form.Item name="approver" label={attendance.fields.approver} rules={needed}>
          <Input size="large" maxLength={64} placeholder={attendance.approverHint} autoComplete="off" />
        </Form.Item>
      </Form>
      <ProblemLine error={step.error} />
    </Modal>
  )
}
