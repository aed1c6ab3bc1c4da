import { AutoComplete, Form, Modal } from 'antd'
import { recall, remember } from '@/lib/memory'
import { useText } from '@/text/use-text'

const KEY = 'yunling.library.purpose'

/** Asks what a recording is played for: it stands in the book beside who played it. Enter takes what was said the last time. */
export function Purpose({ title, play, cancel }: { title: string; play: (purpose: string) => void; cancel: () => void }) {
  const text = useText()
  const words = text.panel.player
  const [form] = Form.useForm<{ purpose: string }>()
  const submit = ({ purpose }: { purpose: string }) => {
    remember(KEY, purpose.trim())
    play(purpose.trim())
  }
  return (
    <Modal open title={words.purposeTitle(title)} okText={words.purposeConfirm} cancelText={text.panel.cancel} onOk={() => form.submit()} onCancel={cancel}>
      <p className="ask-effect">{words.purposeEffect}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ purpose: recall(KEY) ?? words.purposes[0] }} onFinish={submit}>
        <Form.Item name="purpose" label={words.purpose} rules={[{ required: true, whitespace: true, max: 100, message: text.panel.required }]}>
          <AutoComplete
            autoFocus
            showSearch={false}
            options={words.purposes.map((value) => ({ value }))}
            onInputKeyDown={(event) => {
              if (event.key === 'Enter') form.submit()
            }}
          />
        </Form.Item>
      </Form>
    </Modal>
  )
}
