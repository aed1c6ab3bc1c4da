import { useQuery } from '@tanstack/react-query'
import { AutoComplete, Form, Input } from 'antd'
import { unitNames } from '@/api/panel'
import { useText } from '@/text/use-text'

/**
 * What a meeting's notice says, as fields of a form: `unit`, `attendees`, `agenda`. Its recordings are found by it. The unit is chosen
 * from the list in administrative order, since whose signature a recording needs follows from it; another one may still be typed.
 */
export function NoticeFields() {
  const words = useText().panel.notice
  const names = useQuery({ queryKey: ['unitNames'], queryFn: unitNames, staleTime: 60_000 })
  const options = (names.data ?? []).map((value) => ({ value }))
  return (
    <>
      <Form.Item name="unit" label={words.unit} extra={words.unitExtra}>
        <AutoComplete options={options} showSearch={{ filterOption: (typed, option) => option?.value.includes(typed.trim()) ?? false }}>
          <Input maxLength={64} placeholder={words.unitHint} autoComplete="off" />
        </AutoComplete>
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
