import { Form, Input, InputNumber, Modal, Radio, Select } from 'antd'
import { changeLeg, makeLeg } from '@/api/panel'
import type { LegEntry, MeetingEntry } from '@/api/generated/wire'
import { toFields, toSource, urlFault, type SourceFields } from '@/features/legs/source'
import { showFaults } from '@/panel/field-faults'
import { isToBe } from '@/panel/can'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

interface Fields extends SourceFields {
  name: string
  meeting: string
}

const KINDS = ['rtsp', 'srtCaller', 'srtListener'] as const
const PASSPHRASE = { min: 10, max: 79 }

/** Sets up a link, and says beside it how the encoder at its other end has to be set. */
export function LegForm({ leg, meetings, done }: { leg: LegEntry | null; meetings: MeetingEntry[]; done: () => void }) {
  const text = useText()
  const words = text.panel.legs
  const [form] = Form.useForm<Fields>()
  const open = meetings.filter((meeting) => isToBe(meeting))
  const initial = { ...toFields(leg?.source ?? null), name: leg?.name ?? '', meeting: leg?.meeting ?? open[0]?.id }
  const kind = (Form.useWatch('kind', form) as SourceFields['kind'] | undefined) ?? initial.kind
  const port = (Form.useWatch('port', form) as number | undefined) ?? initial.port
  const save = useChange(
    (fields: Fields) => {
      const body = { name: fields.name.trim(), meeting: fields.meeting, source: toSource(fields, leg !== null) }
      return leg === null ? makeLeg(body) : changeLeg(leg.id, body)
    },
    ['legs'],
  )
  const required = { required: true, message: text.panel.required }
  const secret = leg?.hasSecret === true ? words.secretKept : ''
  const passphrase = (
    <Form.Item
      name="passphrase"
      label={words.passphrase}
      rules={[{ validator: (_, value: string) => (value === '' || (value.length >= PASSPHRASE.min && value.length <= PASSPHRASE.max) ? Promise.resolve() : Promise.reject(new Error(words.passphraseShort))) }]}
    >
      <Input.Password autoComplete="new-password" maxLength={PASSPHRASE.max} placeholder={secret} />
    </Form.Item>
  )
  const latency = (
    <Form.Item name="latencyMs" label={words.latency} extra={words.latencyHint}>
      <InputNumber min={20} max={8000} step={20} />
    </Form.Item>
  )
  const portField = (label: string) => (
    <Form.Item name="port" label={label} rules={[{ ...required, type: 'number', min: 1, max: 65535, message: words.portWrong }]}>
      <InputNumber min={1} max={65535} />
    </Form.Item>
  )
  return (
    <Modal
      open
      width={680}
      title={leg === null ? words.make : words.changeTitle}
      okText={leg === null ? words.submit : text.panel.save}
      cancelText={text.panel.cancel}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <Form<Fields> form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(fields) => save.mutate({ ...initial, ...fields }, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <div className="form-pair">
          <Form.Item name="name" label={words.name} rules={[{ ...required, whitespace: true }]}>
            <Input autoFocus maxLength={64} placeholder={words.nameHint} />
          </Form.Item>
          <Form.Item name="meeting" label={words.meeting} rules={[{ required: true, message: words.noMeeting }]}>
            <Select options={open.map((meeting) => ({ value: meeting.id, label: meeting.title }))} notFoundContent={words.noMeeting} />
          </Form.Item>
        </div>
        <Form.Item name="kind" label={words.kind}>
          <Radio.Group aria-label={words.kind} className="choices" options={KINDS.map((value) => ({ value, label: words.kinds[value] }))} />
        </Form.Item>
        {kind === 'rtsp' && (
          <>
            <Form.Item
              name="url"
              label={words.url}
              rules={[
                {
                  validator: (_, value: string) => {
                    const fault = urlFault(value)
                    return fault === null ? Promise.resolve() : Promise.reject(new Error(words[fault]))
                  },
                },
              ]}
            >
              <Input placeholder={words.urlHint} maxLength={512} />
            </Form.Item>
            <div className="form-pair">
              <Form.Item name="user" label={words.user}>
                <Input autoComplete="off" maxLength={64} />
              </Form.Item>
              <Form.Item name="password" label={words.password}>
                <Input.Password autoComplete="new-password" maxLength={128} placeholder={secret} />
              </Form.Item>
            </div>
            <Form.Item name="transport" label={words.transport}>
              <Radio.Group aria-label={words.transport} options={(['tcp', 'udp'] as const).map((value) => ({ value, label: words.transports[value] }))} />
            </Form.Item>
          </>
        )}
        {kind === 'srtCaller' && (
          <>
            <div className="form-pair">
              <Form.Item name="host" label={words.host} rules={[{ ...required, whitespace: true }]}>
                <Input maxLength={253} />
              </Form.Item>
              {portField(words.port)}
            </div>
            <Form.Item name="streamId" label={words.streamId}>
              <Input maxLength={512} />
            </Form.Item>
            {passphrase}
            {latency}
          </>
        )}
        {kind === 'srtListener' && (
          <>
            <div className="form-pair">
              {portField(words.listenPort)}
              {latency}
            </div>
            {passphrase}
          </>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </Form>
      <aside className="form-hint">
        <strong>{words.encoderTitle}</strong>
        <ul>
          {words.encoder.map((line) => (
            <li key={line}>{line}</li>
          ))}
          {kind === 'srtListener' && <li>{words.encoderSrt(location.hostname, String(port))}</li>}
        </ul>
      </aside>
      <ProblemLine error={save.error} />
    </Modal>
  )
}
