import { Button, Form, Input, Modal, Tag } from 'antd'
import { useState } from 'react'
import type { ArrangementEntry, Clearance } from '@/api/generated/wire'
import { decideArrangement } from '@/api/signing'
import { moment } from '@/lib/format'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

const COLOUR: Record<Clearance, string> = { unsigned: 'orange', waiting: 'gold', refused: 'red', signed: 'green' }

interface Deciding {
  entry: ArrangementEntry
  word: 'grant' | 'refuse'
}

/** Arrangements whose unit asks for a signature: what was asked, what is signed for, and the approver's word. */
export function Arrangements({ entries }: { entries: ArrangementEntry[] }) {
  const text = useText()
  const words = text.panel.signing
  const labels = text.panel.signOffs
  const [deciding, setDeciding] = useState<Deciding | null>(null)
  return (
    <section className="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      {entries.length === 0 && <p className="quiet">{words.none}</p>}
      <ol className="sign-offs">
        {entries.map((entry) => (
          <li key={entry.id} className="sign-off" aria-label={entry.title}>
            <div>
              <h3>
                {entry.title}
                <Tag color={COLOUR[entry.state]}>{entry.state === 'unsigned' ? words.changed : words.state[entry.state]}</Tag>
              </h3>
              <dl>
                <dt>{words.text}</dt>
                <dd className="signing-text">{entry.text}</dd>
                {entry.remark !== '' && (
                  <>
                    <dt>{words.remark}</dt>
                    <dd>{entry.remark}</dd>
                  </>
                )}
                <dt>{labels.asked}</dt>
                <dd>{labels.by(entry.askedBy, moment(entry.askedAtMs, text.locale))}</dd>
                <dt>{labels.pen}</dt>
                <dd>{labels.penOf(entry.pen.unit ?? text.panel.pen.own, entry.pen.holder)}</dd>
                {entry.decision !== null && (
                  <>
                    <dt>{labels.signature}</dt>
                    <dd>{labels.signed(entry.decision.deputising === null ? entry.decision.by : labels.deputising(entry.decision.by, entry.decision.deputising), moment(entry.decision.atMs, text.locale), entry.decision.text)}</dd>
                  </>
                )}
              </dl>
            </div>
            <div className="sign-off-actions">
              {entry.waits && entry.pen.mine && entry.mine && <p className="quiet">{labels.own}</p>}
              {entry.waits && entry.state === 'unsigned' && <p className="quiet">{words.changedHint}</p>}
              {entry.waits && entry.pen.mine && !entry.mine && (
                <div className="row-actions">
                  {entry.state !== 'unsigned' && (
                    <Button type="primary" size="large" onClick={() => setDeciding({ entry, word: 'grant' })}>
                      {words.grant}
                    </Button>
                  )}
                  <Button size="large" danger onClick={() => setDeciding({ entry, word: 'refuse' })}>
                    {words.refuse}
                  </Button>
                </div>
              )}
            </div>
          </li>
        ))}
      </ol>
      {deciding !== null && <Word {...deciding} done={() => setDeciding(null)} />}
    </section>
  )
}

/** The approver's word under an arrangement, and a last look at it. */
function Word({ entry, word, done }: Deciding & { done: () => void }) {
  const text = useText()
  const words = text.panel.signing
  const labels = text.panel.signOffs
  const [form] = Form.useForm<{ text: string }>()
  const decide = useChange(({ text: said }: { text: string }) => decideArrangement(entry.id, word, { text: said }), ['signOffs', 'meetings'])
  const needed = word === 'refuse'
  return (
    <Modal
      open
      title={needed ? words.refuseTitle(entry.title) : words.grantTitle(entry.title)}
      okText={needed ? words.refuse : words.grant}
      cancelText={text.panel.cancel}
      okButtonProps={{ danger: needed }}
      confirmLoading={decide.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <p className="ask-effect">{needed ? words.refuseEffect : words.grantEffect}</p>
      <p className="signing-text">{entry.text}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ text: '' }} onFinish={(fields) => decide.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error) })}>
        <Form.Item name="text" label={needed ? labels.reason : labels.remark} rules={needed ? [{ required: true, whitespace: true, message: labels.reasonMissing }] : []}>
          <Input.TextArea autoFocus maxLength={200} autoSize={{ minRows: 2 }} />
        </Form.Item>
      </Form>
      <ProblemLine error={decide.error} />
    </Modal>
  )
}
