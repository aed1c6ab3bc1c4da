import { useQuery } from '@tanstack/react-query'
import { Button, DatePicker, Form, Input, Modal, Select, Tag } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import type { DelegationEntry, Deputy, PenEntry } from '@/api/generated/wire'
import { delegate, endDelegation, pen } from '@/api/panel'
import { Ask } from '@/panel/Ask'
import { showFaults } from '@/panel/field-faults'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

const LOOK_EVERY_MS = 30_000
const SHOWN = 5

/** Who signs now for which unit, and for which days somebody else does; the approver names a deputy here. */
export function Pen({ approver }: { approver: boolean }) {
  const words = useText().panel.pen
  const state = useQuery({ queryKey: ['pen'], queryFn: pen, refetchInterval: LOOK_EVERY_MS })
  const [making, setMaking] = useState(false)
  const [ending, setEnding] = useState<DelegationEntry | null>(null)
  const end = useChange(endDelegation, ['pen', 'me'])
  if (state.data === undefined) return <ProblemLine error={state.error} retry={() => void state.refetch()} />
  const { pens, delegations, deputies } = state.data
  return (
    <section className="card" aria-label={words.title}>
      <div className="pen-head">
        <ul className="pen-now">
          {pens.map((one) => (
            <li key={one.unit ?? ''}>{holder(words, one)}</li>
          ))}
        </ul>
        {approver && (
          <Button onClick={() => setMaking(true)} disabled={deputies.length === 0}>
            {words.delegate}
          </Button>
        )}
      </div>
      <p className="quiet">{words.rule}</p>
      {approver && deputies.length === 0 && <p className="quiet">{words.noDeputies}</p>}
      {delegations.length > 0 && (
        <ul className="pen-list">
          {delegations.slice(0, SHOWN).map((one) => (
            <li key={one.id}>
              <Tag color={{ ahead: 'blue', runs: 'gold', over: 'default' }[one.term]}>{words.term[one.term]}</Tag>
              <span>{words.entry(one.by, one.deputy, days(one), one.reason)}</span>
              {one.mine && one.term !== 'over' && (
                <Button type="link" danger onClick={() => setEnding(one)}>
                  {words.end}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {making && <Delegate deputies={deputies} done={() => setMaking(false)} />}
      {ending !== null && (
        <Ask title={words.endTitle(ending.deputy)} effect={words.endEffect} confirm={words.end} busy={end.isPending} error={end.error} yes={() => end.mutate(ending.id, { onSuccess: () => setEnding(null) })} no={() => setEnding(null)} />
      )}
    </section>
  )
}

type Words = ReturnType<typeof useText>['panel']['pen']

const holder = (words: Words, { unit, holder: name, mine }: PenEntry): string => {
  const of = unit ?? words.own
  return mine ? words.mine(of) : name === null ? words.nobody(of) : words.holder(of, name)
}

const days = ({ fromMs, untilMs, endedMs }: DelegationEntry): string => {
  const day = (ms: number) => dayjs(ms).format('YYYY-MM-DD')
  // It lasts until midnight, which is the next day's first moment.
  const last = day(Math.min(untilMs, endedMs ?? untilMs) - 1)
  return day(fromMs) === last ? last : `${day(fromMs)} – ${last}`
}

interface Fields {
  deputy: string
  days: [Dayjs, Dayjs]
  reason: string
}

/** Names a deputy for whole days: from the first one's midnight to the last one's. */
function Delegate({ deputies, done }: { deputies: Deputy[]; done: () => void }) {
  const text = useText()
  const words = text.panel.pen
  const [form] = Form.useForm<Fields>()
  const make = useChange(
    ({ deputy, days: [first, last], reason }: Fields) => delegate({ deputy, fromMs: first.startOf('day').valueOf(), untilMs: last.add(1, 'day').startOf('day').valueOf(), reason }),
    ['pen', 'me'],
  )
  return (
    <Modal open title={words.delegateTitle} okText={words.delegateConfirm} cancelText={text.panel.cancel} confirmLoading={make.isPending} onOk={() => form.submit()} onCancel={done}>
      <p className="ask-effect">{words.delegateEffect}</p>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ deputy: deputies.length === 1 ? deputies[0]?.account : undefined, days: [dayjs(), dayjs()], reason: '' }}
        onFinish={(fields) => make.mutate(fields, { onSuccess: done, onError: (error) => showFaults(form, error, { fromMs: 'days', untilMs: 'days' }) })}
      >
        <Form.Item name="deputy" label={words.deputy} rules={[{ required: true, message: text.panel.required }]}>
          <Select autoFocus options={deputies.map(({ account, name, unit }) => ({ value: account, label: unit === '' ? name : `${name}（${unit}）` }))} />
        </Form.Item>
        <Form.Item name="days" label={words.days} rules={[{ required: true, message: text.panel.required }]}>
          <DatePicker.RangePicker allowClear={false} minDate={dayjs().startOf('day')} />
        </Form.Item>
        <Form.Item name="reason" label={words.reason} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input maxLength={100} placeholder={words.reasonHint} />
        </Form.Item>
      </Form>
      <ProblemLine error={make.error} />
    </Modal>
  )
}
