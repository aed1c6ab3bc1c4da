import { Form, Input, Modal, Select, Switch } from 'antd'
import { changeUnit, makeUnit } from '@/api/panel'
import type { UnitEntry } from '@/api/generated/wire'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useAccounts, useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

const DEPUTIES_MAX = 3

interface Fields {
  name: string
  liaison?: string
  deputies: string[]
  own: boolean
  signsArrangements: boolean
}

/** A unit's name, and who answers for it. */
export function UnitForm({ unit, done }: { unit: UnitEntry | null; done: () => void }) {
  const text = useText()
  const words = text.panel.units
  const accounts = useAccounts(unit !== null)
  const [form] = Form.useForm<Fields>()
  const save = useChange(
    async ({ name, liaison, deputies, own, signsArrangements }: Fields) => {
      if (unit === null) await makeUnit({ name: name.trim() })
      else await changeUnit(unit.id, { name: name.trim(), liaisons: liaison === undefined ? [] : [liaison, ...deputies], own, signsArrangements })
    },
    ['units', 'accounts', 'me', 'pen', 'signOffs', 'recordings', 'meetings'],
  )
  const options = (accounts.data ?? []).filter(({ enabled, roles }) => enabled && roles.includes('liaison')).map(({ id, name, login }) => ({ value: id, label: `${name}（${login}）` }))
  const [first, ...others] = unit?.liaisons ?? []
  const faults = (error: Error) => showFaults(form, error, { liaisons: 'liaison' })
  return (
    <Modal
      open
      title={unit === null ? words.make : words.changeTitle(unit.name)}
      okText={text.panel.save}
      cancelText={text.panel.cancel}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ name: unit?.name ?? '', ...(first !== undefined && { liaison: first.account }), deputies: others.map(({ account }) => account), own: unit?.own ?? false, signsArrangements: unit?.signsArrangements ?? false }}
        onFinish={(fields) => save.mutate(fields, { onSuccess: done, onError: faults })}
      >
        <Form.Item name="name" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={64} placeholder={words.nameHint} autoComplete="off" />
        </Form.Item>
        {unit !== null && (
          <>
            <Form.Item name="liaison" label={words.liaison}>
              <Select allowClear options={options} placeholder={words.liaisonHint} />
            </Form.Item>
            <Form.Item name="deputies" label={words.deputies}>
              <Select mode="multiple" maxCount={DEPUTIES_MAX} options={options} />
            </Form.Item>
            <Form.Item name="own" label={words.ownUnit} extra={words.ownHint} valuePropName="checked">
              <Switch />
            </Form.Item>
            <Form.Item name="signsArrangements" label={text.panel.signing.rule} extra={text.panel.signing.ruleHint} valuePropName="checked">
              <Switch />
            </Form.Item>
          </>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
      <ProblemLine error={save.error} />
    </Modal>
  )
}
