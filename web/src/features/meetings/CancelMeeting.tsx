import { AutoComplete, Form, Modal } from 'antd'
import { useState } from 'react'
import { cancelMeeting } from '@/api/panel'
import type { MeetingEntry } from '@/api/generated/wire'
import { Scope } from '@/panel/Scope'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Asks why a planned meeting is not to take place: the reason stands in the list and in the book. */
export function CancelMeeting({ meeting, done }: { meeting: MeetingEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.meetings
  const [later, setLater] = useState(false)
  const [form] = Form.useForm<{ text: string }>()
  const typed = (Form.useWatch('text', form) as string | undefined) ?? ''
  const cancel = useChange((reason: string) => cancelMeeting(meeting.id, { text: reason, later }), ['meetings'])
  const submit = ({ text: reason }: { text: string }) => cancel.mutate(reason.trim(), { onSuccess: done, onError: (error) => showFaults(form, error) })
  return (
    <Modal
      open
      title={words.cancelTitle(meeting.title)}
      okText={later ? text.panel.series.cancelLater : words.cancelConfirm}
      cancelText={words.cancelKeep}
      okButtonProps={{ danger: true }}
      confirmLoading={cancel.isPending}
      onOk={() => form.submit()}
      onCancel={done}
      destroyOnHidden
    >
      <p className="ask-effect">{later ? text.panel.series.cancelLaterEffect : words.cancelEffect}</p>
      {meeting.series !== null && <Scope later={later} choose={setLater} />}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={submit}>
        <Form.Item name="text" label={words.cancelReason} rules={[{ required: true, whitespace: true, max: 200, message: text.panel.required }]}>
          <AutoComplete
            autoFocus
            showSearch={false}
            placeholder={words.cancelReasonHint}
            // Once something is typed they would lie over the button.
            options={typed === '' ? words.cancelUsual.map((value) => ({ value })) : []}
            onInputKeyDown={(event) => {
              if (event.key === 'Enter') form.submit()
            }}
          />
        </Form.Item>
      </Form>
      <ProblemLine error={cancel.error} />
    </Modal>
  )
}
