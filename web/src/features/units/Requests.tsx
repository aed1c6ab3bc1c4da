import { Button, Form, Input, Modal, Tag } from 'antd'
import { useState } from 'react'
import { grantAccount, refuseAccount } from '@/api/panel'
import type { AccountMade, AccountRequestEntry } from '@/api/generated/wire'
import '@/features/units/units.css'
import { moment } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

type Deciding = { word: 'grant' | 'refuse'; request: AccountRequestEntry } | null

interface Props {
  requests: AccountRequestEntry[]
  /** Whether the reader decides, or only asked. */
  decides: boolean
  made: (made: AccountMade) => void
}

/** Requests for accounts: those that wait above, those that were decided below. */
export function Requests({ requests, decides, made }: Props) {
  const words = useText().panel.units
  const [deciding, setDeciding] = useState<Deciding>(null)
  const waiting = requests.filter(({ decision }) => decision === null)
  const decided = requests.filter(({ decision }) => decision !== null)
  return (
    <>
      <section className="card" aria-label={words.requests}>
        <h2>{words.requests}</h2>
        {waiting.length === 0 && <p className="quiet">{words.noneWaiting}</p>}
        <ol className="asked">
          {waiting.map((request) => (
            <Request key={request.id} request={request}>
              {decides && request.mine && <p className="quiet">{words.own}</p>}
              {decides && !request.mine && (
                <div className="row-actions">
                  <Button type="primary" onClick={() => setDeciding({ word: 'grant', request })}>
                    {words.grant}
                  </Button>
                  <Button danger onClick={() => setDeciding({ word: 'refuse', request })}>
                    {words.refuse}
                  </Button>
                </div>
              )}
            </Request>
          ))}
        </ol>
      </section>
      {decided.length > 0 && (
        <details className="card">
          <summary>{`${words.decided}（${decided.length}）`}</summary>
          <ol className="asked">
            {decided.map((request) => (
              <Request key={request.id} request={request} />
            ))}
          </ol>
        </details>
      )}
      {deciding?.word === 'grant' && <Grant request={deciding.request} made={made} done={() => setDeciding(null)} />}
      {deciding?.word === 'refuse' && <Refuse request={deciding.request} done={() => setDeciding(null)} />}
    </>
  )
}

function Request({ request, children }: { request: AccountRequestEntry; children?: React.ReactNode }) {
  const text = useText()
  const words = text.panel.units
  const { decision } = request
  const state = decision === null ? words.waiting : decision.granted ? words.granted : words.refused
  return (
    <li aria-label={request.name}>
      <div>
        <h3>
          {request.name}
          <small>{request.unit}</small>
          <Tag color={decision === null ? 'gold' : decision.granted ? 'green' : 'red'}>{state}</Tag>
        </h3>
        <dl>
          <dt>{words.what}</dt>
          <dd>{[request.login, ...request.roles.map((role) => text.panel.roles[role])].join(text.comma)}</dd>
          <dt>{words.why}</dt>
          <dd>{request.reason}</dd>
          <dt>{words.asked}</dt>
          <dd>{words.by(request.askedBy, moment(request.askedAtMs, text.locale))}</dd>
          {decision !== null && (
            <>
              <dt>{words.answer}</dt>
              <dd>{words.said(decision.by, moment(decision.atMs, text.locale), decision.reason)}</dd>
            </>
          )}
        </dl>
      </div>
      {children}
    </li>
  )
}

function Grant({ request, made, done }: { request: AccountRequestEntry; made: (made: AccountMade) => void; done: () => void }) {
  const text = useText()
  const words = text.panel.units
  const grant = useChange(() => grantAccount(request.id), ['units', 'accounts'])
  const roles = request.roles.map((role) => text.panel.roles[role]).join(text.comma)
  const yes = () =>
    grant.mutate(undefined, {
      onSuccess: (account) => {
        done()
        made(account)
      },
    })
  return (
    <Ask title={words.grantTitle(request.name)} effect={words.grantEffect(request.login, roles)} confirm={words.grant} danger={false} busy={grant.isPending} error={grant.error} yes={yes} no={done} />
  )
}

function Refuse({ request, done }: { request: AccountRequestEntry; done: () => void }) {
  const text = useText()
  const words = text.panel.units
  const [form] = Form.useForm<{ text: string }>()
  const refuse = useChange((said: string) => refuseAccount(request.id, said), ['units'])
  return (
    <Modal
      open
      title={words.refuseTitle(request.name)}
      okText={words.refused}
      cancelText={text.panel.cancel}
      okButtonProps={{ danger: true }}
      confirmLoading={refuse.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ text: '' }} onFinish={(fields) => refuse.mutate(fields.text, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <Form.Item name="text" label={words.refuseReason} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
      <ProblemLine error={refuse.error} />
    </Modal>
  )
}
