import { AutoComplete, Form, Input, Modal, Segmented } from 'antd'
import { changeAttendee } from '@/api/attendance'
import type { AttendeeAnswer, AttendeeEntry } from '@/api/generated/wire'
import type { Attending } from '@/features/attendance/use-attendance'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

type Kind = AttendeeAnswer['kind']
const KINDS: Kind[] = ['expected', 'confirmed', 'leave', 'standIn', 'absent']

interface Typed {
  name: string
  position: string
  kind: Kind
  reason: string
  standIn: string
  approver: string
}

function typedOf({ name, position, answer }: AttendeeEntry): Typed {
  const approver = answer.kind === 'leave' || answer.kind === 'standIn' ? answer.approver : ''
  return { name, position, kind: answer.kind, reason: answer.kind === 'leave' ? answer.reason : '', standIn: answer.kind === 'standIn' ? answer.name : '', approver }
}

function answerOf({ kind, reason, standIn, approver }: Typed): AttendeeAnswer {
  switch (kind) {
    case 'leave':
      return { kind, reason, approver }
    case 'standIn':
      return { kind, name: standIn, approver }
    case 'expected':
    case 'confirmed':
    case 'absent':
      return { kind }
  }
}

/** Corrects somebody's name, or says what is to be expected of them. */
export function ChangePerson({ meeting, person, canBeAbsent, attending, done }: { meeting: string; person: AttendeeEntry; canBeAbsent: boolean; attending: Attending; done: () => void }) {
  const text = useText()
  const words = text.panel.attendance
  const [form] = Form.useForm<Typed>()
  const before = typedOf(person)
  const kind = (Form.useWatch('kind', form) as Kind | undefined) ?? before.kind
  const why = (Form.useWatch('reason', form) as string | undefined) ?? before.reason
  const needed = [{ required: true, whitespace: true, message: text.panel.required }]
  const submit = (typed: Typed) => {
    const all = { ...before, ...typed }
    const renamed = all.name.trim() !== person.name || all.position.trim() !== person.position
    const answer = answerOf(all)
    const said = JSON.stringify(answer) !== JSON.stringify(person.answer)
    attending.take(() => changeAttendee(meeting, person.id, { ...(renamed && { person: { name: all.name, position: all.position } }), ...(said && { answer }) }), done)
  }
  return (
    <Modal open title={words.changeTitle(person.name)} okText={text.panel.save} confirmLoading={attending.busy} onOk={() => form.submit()} onCancel={done} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={before} onFinish={submit}>
        <div className="form-pair">
          <Form.Item name="name" label={words.fields.name} rules={needed}>
            <Input maxLength={64} autoComplete="off" />
          </Form.Item>
          <Form.Item name="position" label={words.fields.position}>
            <Input maxLength={64} autoComplete="off" />
          </Form.Item>
        </div>
        {person.signed === null && (
          <Form.Item name="kind" label={words.fields.answer}>
            <Segmented options={KINDS.map((value) => ({ value, label: words.answer[value], disabled: value === 'absent' && !canBeAbsent }))} />
          </Form.Item>
        )}
        {kind === 'leave' && (
          <Form.Item name="reason" label={words.fields.reason} rules={needed}>
            {/* Once something is typed they would lie over the button. */}
            <AutoComplete showSearch={false} options={why === '' ? words.reasons.map((value) => ({ value })) : []}>
              <Input maxLength={100} placeholder={words.reasonHint} autoComplete="off" />
            </AutoComplete>
          </Form.Item>
        )}
        {kind === 'standIn' && (
          <Form.Item name="standIn" label={words.fields.standIn} rules={needed}>
            <Input maxLength={64} placeholder={words.standInHint} autoComplete="off" />
          </Form.Item>
        )}
        {(kind === 'leave' || kind === 'standIn') && (
          <Form.Item name="approver" label={words.fields.approver} rules={needed}>
            <Input maxLength={64} placeholder={words.approverHint} autoComplete="off" />
          </Form.Item>
        )}
      </Form>
      <ProblemLine error={attending.refused} />
    </Modal>
  )
}
