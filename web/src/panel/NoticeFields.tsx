import { Form, Input } from 'antd'
import { useText } from '@/text/use-text'

/** What a meeting's notice says, as fields of a form: `unit`, `attendees`, `agenda`. Its recordings are found by it. */
export function NoticeFields() {
  const words = useText().panel.notice
  return (
    <>
      <Form.Item name="unit" label={words.unit}>
        <Input maxLength={64} placeholder={words.unitHint} autoComplete="off" />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="attendees" label={words.attendees} extra={words.attendeesHint}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} placeholder={words.attendeesExample} />
        </Form.Item>
        <Form.Item name="agenda" label={words.agenda} extra={words.agendaHint}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} placeholder={words.agendaExample} />
        </Form.Item>
      </div>
    </>
  )
}
