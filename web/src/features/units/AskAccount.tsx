import { Checkbox, Form, Input, Modal } from 'antd'
import { askAccount } from '@/api/panel'
import type { AccountRole, NewAccountRequest, UnitEntry } from '@/api/generated/wire'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** What a liaison may ask for; the server has the last word. */
const ASKABLE: AccountRole[] = ['leader', 'operator', 'clerk', 'liaison']

/** A liaison asks for an account of somebody of their unit. */
export function AskAccount({ unit, done }: { unit: UnitEntry; done: () => void }) {
  const text = useText()
  const { units: words, accounts } = text.panel
  const [form] = Form.useForm<NewAccountRequest>()
  const ask = useChange((body: NewAccountRequest) => askAccount(unit.id, body), ['units'])
  const required = { required: true, whitespace: true, message: text.panel.required }
  return (
    <Modal open width={620} title={words.askFor(unit.name)} okText={words.submit} cancelText={text.panel.cancel} confirmLoading={ask.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.askEffect}</p>
      <Form<NewAccountRequest>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: '', login: '', roles: ['leader'], reason: '' }}
        onFinish={(fields) => ask.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}
      >
        <div className="form-pair">
          <Form.Item name="name" label={accounts.name} rules={[required]}>
            <Input autoFocus maxLength={64} autoComplete="off" />
          </Form.Item>
          <Form.Item name="login" label={accounts.login} rules={[{ required: true, pattern: /^\s*[A-Za-z0-9._-]{2,32}\s*$/, message: accounts.loginWrong }]}>
            <Input maxLength={34} placeholder={accounts.loginHint} autoComplete="off" />
          </Form.Item>
        </div>
        <Form.Item name="roles" label={accounts.roles} rules={[{ required: true, type: 'array', min: 1, message: accounts.rolesMissing }]}>
          <Checkbox.Group
            className="choices"
            options={ASKABLE.map((value) => ({
              value,
              label: (
                <span>
                  {text.panel.roles[value]}
                  <small>{text.panel.roleHints[value]}</small>
                </span>
              ),
            }))}
          />
        </Form.Item>
        <Form.Item name="reason" label={words.reason} rules={[required]}>
          <Input.TextArea maxLength={200} autoSize={{ minRows: 2 }} placeholder={words.reasonHint} />
        </Form.Item>
      </Form>
      <ProblemLine error={ask.error} />
    </Modal>
  )
}
