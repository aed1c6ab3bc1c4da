import { Checkbox, Form, Input, Modal, Select } from 'antd'
import { changeAccount, makeAccount } from '@/api/panel'
import type { AccountEntry, AccountMade, AccountRole, NewAccount, NewException } from '@/api/generated/wire'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useUnits } from '@/panel/queries'
import { useText } from '@/text/use-text'

const ROLES: AccountRole[] = ['operator', 'leader', 'clerk', 'approver', 'liaison', 'system_admin', 'security_admin', 'audit_admin']

interface Fields extends Omit<NewAccount, 'exception'> {
  decidedBy?: string
  reason?: string
}

const together = (roles: AccountRole[]): boolean => roles.includes('system_admin') && roles.includes('security_admin')

/** A person's account: name, what to log in with, and what it is for, each role with what it lets one do. */
export function AccountForm({ account, made, done }: { account: AccountEntry | null; made: (made: AccountMade) => void; done: () => void }) {
  const text = useText()
  const words = text.panel.accounts
  const units = useUnits()
  const unit = account?.unit ?? null
  const [form] = Form.useForm<Fields>()
  const make = useChange(makeAccount, ['accounts', 'units'])
  const change = useChange(({ id, ...body }: { id: string; name: string; unit: string; roles: AccountRole[]; exception?: NewException }) => changeAccount(id, body), ['accounts', 'units', 'me'])
  const roles = (Form.useWatch('roles', form) as AccountRole[] | undefined) ?? account?.roles ?? []
  const decided = account?.exception?.origin === 'decided'
  const submit = ({ decidedBy = '', reason = '', ...fields }: Fields) => {
    const [name, to] = [fields.name.trim(), fields.unit ?? '']
    const exception = together(fields.roles) && !decided && (decidedBy.trim() !== '' || reason.trim() !== '') ? { exception: { decidedBy, reason } } : {}
    const onError = (error: Error) => showFaults(form, error)
    if (account === null) make.mutate({ ...fields, ...exception, name, unit: to, login: fields.login.trim() }, { onSuccess: made, onError })
    else change.mutate({ id: account.id, name, unit: to, roles: fields.roles, ...exception }, { onSuccess: done, onError })
  }
  const needed = account?.exception === null || account === null ? [{ required: true, whitespace: true, message: text.panel.required }] : []
  return (
    <Modal
      open
      width={620}
      title={account === null ? words.make : words.changeTitle(account.name)}
      okText={account === null ? words.submit : text.panel.save}
      cancelText={text.panel.cancel}
      confirmLoading={make.isPending || change.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ login: account?.login ?? '', name: account?.name ?? '', ...(unit !== null && { unit }), roles: account?.roles ?? ['operator'] }}
        onFinish={submit}
      >
        <div className="form-pair">
          <Form.Item name="name" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
            <Input autoFocus maxLength={64} placeholder={words.nameHint} autoComplete="off" />
          </Form.Item>
          <Form.Item name="unit" label={words.unit}>
            <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={words.unitHint} options={(units.data?.units ?? []).filter(({ id, closedAtMs }) => closedAtMs === null || id === unit).map(({ id, name }) => ({ value: id, label: name }))} />
          </Form.Item>
          {account === null && (
            <Form.Item name="login" label={words.login} rules={[{ required: true, pattern: /^\s*[A-Za-z0-9._-]{2,32}\s*$/, message: words.loginWrong }]}>
              <Input maxLength={34} placeholder={words.loginHint} autoComplete="off" />
            </Form.Item>
          )}
        </div>
        <Form.Item name="roles" label={words.roles} rules={[
            { required: true, type: 'array', min: 1, message: words.rolesMissing },
            {
              validator: (_, roles: AccountRole[]) => (roles.includes('audit_admin') && roles.length > 1 ? Promise.reject(new Error(words.auditorAlone)) : Promise.resolve()),
            },
          ]}>
          <Checkbox.Group
            className="choices"
            options={ROLES.map((value) => ({
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
        {together(roles) && !roles.includes('audit_admin') && !decided && (
          <>
            <p className="form-hint">{words.exceptionHint}</p>
            <div className="form-pair">
              <Form.Item name="decidedBy" label={words.decidedBy} rules={needed}>
                <Input maxLength={64} placeholder={words.decidedByHint} autoComplete="off" />
              </Form.Item>
              <Form.Item name="reason" label={words.exceptionReason} rules={needed}>
                <Input maxLength={200} placeholder={words.exceptionReasonHint} autoComplete="off" />
              </Form.Item>
            </div>
          </>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
      <ProblemLine error={make.error ?? change.error} />
    </Modal>
  )
}
