import { useQuery } from '@tanstack/react-query'
import { AutoComplete, Form, Input } from 'antd'
import { unitNames } from '@/api/panel'
import type { MeetingAttendee } from '@/api/generated/wire'
import { useText } from '@/text/use-text'

/** So many names are said of an attendance list. */
const LISTED_SHOWN = 6

/**
 * What a meeting's notice says, as fields of a form: `unit`, `attendees`, `agenda`, and what the printed one says besides, `contact`
 * and `requirements`. Its recordings are found by the first three. The unit is chosen from the list in administrative order, since
 * whose signature a recording needs follows from it; another one may still be typed. Whoever stands on the attendance list is not
 * typed here; they are `listed`.
 */
export function NoticeFields({ listed = [] }: { listed?: MeetingAttendee[] }) {
  const text = useText()
  const { notice: words, papers: printed } = text.panel
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
        <Form.Item
          name="attendees"
          label={words.attendees}
          extra={listed.length === 0 ? words.attendeesHint : words.listed(listed.length, listed.slice(0, LISTED_SHOWN).map(({ name }) => name).join(text.comma))}
        >
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} placeholder={words.attendeesExample} />
        </Form.Item>
        <Form.Item name="agenda" label={words.agenda} extra={words.agendaHint}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} placeholder={words.agendaExample} />
        </Form.Item>
        <Form.Item name="contact" label={printed.contact} extra={printed.contactHint}>
          <Input maxLength={64} placeholder={printed.contactExample} autoComplete="off" />
        </Form.Item>
        <Form.Item name="requirements" label={printed.requirements} extra={printed.requirementsHint}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} placeholder={printed.requirementsExample} />
        </Form.Item>
      </div>
    </>
  )
}
