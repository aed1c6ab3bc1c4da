import { useQuery } from '@tanstack/react-query'
import { AutoComplete, Form, Input } from 'antd'
import { unitNames } from '@/api/panel'
import type { MeetingAttendee } from '@/api/generated/wire'
import { useText } from '@/text/use-text'

/** So many names are said of an attendance list. */
const LISTED_SHOWN = 6

/**
 * What a meeting's notice says, as fields of a form: `unit`, `attendees`, `agenda`, by which its recordings are found. The unit is chosen from the list in administrative order, since
 * whose signature a recording needs follows from it; another one may still be typed. Whoever stands on the attendance list is not
 * typed here; they are `listed`.
 */
export function NoticeFields({ listed = [] }: { listed?: MeetingAttendee[] }) {
  const text = useText()
  const { notice: words } = text.panel
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
      </div>
    </>
  )
}

/** What the printed notice says besides, as fields of the same form: `contact` and `requirements`. */
export function PrintedFields() {
  const { papers: words } = useText().panel
  return (
    <div className="form-pair">
      <Form.Item name="contact" label={words.contact} extra={words.contactHint}>
        <Input maxLength={64} placeholder={words.contactExample} autoComplete="off" />
      </Form.Item>
      <Form.Item name="requirements" label={words.requirements} extra={words.requirementsHint}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} placeholder={words.requirementsExample} />
      </Form.Item>
    </div>
  )
}
