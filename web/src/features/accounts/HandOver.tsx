import { Form, Input, Modal } from 'antd'
import { handOver } from '@/api/panel'
import type { AccountEntry, HandOverMade, NewHandOver } from '@/api/generated/wire'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Somebody leaves: who takes over, and why. */
export function HandOver({ account, made, done }: { account: AccountEntry; made: (made: HandOverMade) => void; done: () => void }) {
  const text = useText()
  const { accounts: words, handOver: own } = text.panel
  const [form] = Form.useForm<NewHandOver>()
  const give = useChange((body: NewHandOver) => handOver(account.id, body), ['accounts', 'units', 'pen'])
  const required = { required: true, whitespace: true, message: text.panel.required }
  return (
    <Modal
      open
      width={620}
      title={own.title(account.name)}
      okText={own.submit}
      cancelText={text.panel.cancel}
      okButtonProps={{ danger: true }}
      confirmLoading={give.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <p className="ask-effect">{own.effect(account.name, account.roles.map((role) => text.panel.roles[role]).join(text.comma))}</p>
      <Form<NewHandOver>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: '', login: '', reason: '' }}
        onFinish={(fields) => give.mutate(fields, { onSuccess: made, onError: (error) => showFaults(form, error) })}
      >
        <div className="form-pair">
          <Form.Item name="name" label={own.name} rules={[required]}>
            <Input autoFocus maxLength={64} autoComplete="off" />
          </Form.Item>
          <Form.Item name="login" label={own.login} rules={[{ required: true, pattern: /^\s*[A-Za-z0-9._-]{2,32}\s*$/, message: words.loginWrong }]}>
            <Input maxLength={34} placeholder={words.loginHint} autoComplete="off" />
          </Form.Item>
        </div>
        <Form.Item name="reason" label={own.reason} rules={[required]}>
          <Input maxLength={200} placeholder={own.reasonHint} />
        </Form.Item>
      </Form>
      <ProblemLine error={give.error} />
    </Modal>
  )
}
