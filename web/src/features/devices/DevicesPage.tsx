import { Button, Form, Input, Modal, Radio, Select, Tag } from 'antd'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { makeDevice, revokeDevice } from '@/api/panel'
import type { DeviceEntry, DeviceMade, NewDevice, VenueEntry } from '@/api/generated/wire'
import { CodeDialog } from '@/features/devices/CodeDialog'
import { TokensCard } from '@/features/devices/TokensCard'
import '@/features/devices/devices.css'
import { moment } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useDevices, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

const COLOUR = { waiting: 'processing', expired: 'default', paired: 'success', revoked: 'default' } as const
const CODE_POLL_MS = 2000

/** Machines that need no log-in: made here, paired at the machine with a code, revoked here. */
export function DevicesPage() {
  const text = useText()
  const words = text.panel.devices
  const [made, setMade] = useState<DeviceMade | null>(null)
  const devices = useDevices(made === null ? undefined : CODE_POLL_MS)
  const venues = useVenues()
  const [search, setSearch] = useSearchParams()
  const [revoking, setRevoking] = useState<DeviceEntry | null>(null)
  const [old, setOld] = useState(false)
  const revoke = useChange(revokeDevice, ['devices'])
  const make = (on: boolean) => setSearch(on ? { new: '' } : {}, { replace: true })
  const all = devices.data ?? []
  const gone = all.filter(({ state }) => state === 'revoked' || state === 'expired')
  const rows = old ? all : all.filter((device) => !gone.includes(device))
  const head = words.columns
  const columns: Column<DeviceEntry>[] = [
    { title: head.name, cell: (device) => <strong>{device.name}</strong> },
    { title: head.kind, cell: (device) => (device.person === null ? words.kind[device.kind] : `${words.kind[device.kind]}（${device.person}）`) },
    { title: head.venue, cell: (device) => venues.data?.find((venue) => venue.id === device.venue)?.name ?? device.venue },
    { title: head.state, cell: (device) => <Tag color={COLOUR[device.state]}>{words.state[device.state]}</Tag> },
    { title: head.seen, cell: (device) => (device.lastSeenMs === null ? text.panel.never : moment(device.lastSeenMs, text.locale)) },
    {
      title: head.actions,
      cell: (device) => (
        <OffButton danger can={can.revoke(device)} onClick={() => setRevoking(device)}>
          {words.revoke}
        </OffButton>
      ),
    },
  ]
  return (
    <PageFrame
      title={words.title}
      hint={words.hint}
      actions={
        <Button type="primary" size="large" onClick={() => make(true)}>
          {words.make}
        </Button>
      }
    >
      <ProblemLine error={devices.error} retry={() => void devices.refetch()} />
      <section className="card">
        <List rows={rows} columns={columns} id={(device) => device.id} none={devices.data === undefined ? text.panel.loading : words.none} />
        {gone.length > 0 && (
          <Button type="link" onClick={() => setOld(!old)}>
            {old ? words.hideRevoked : words.showRevoked(gone.length)}
          </Button>
        )}
      </section>
      <TokensCard />
      {search.has('new') && venues.data !== undefined && (
        <DeviceForm
          venues={venues.data}
          made={(device) => {
            make(false)
            setMade(device)
          }}
          cancel={() => make(false)}
        />
      )}
      {made !== null && <CodeDialog made={made} state={all.find(({ id }) => id === made.device.id)?.state ?? 'waiting'} close={() => setMade(null)} />}
      {revoking !== null && (
        <Ask
          title={words.revokeTitle(revoking.name)}
          effect={words.revokeEffect}
          confirm={words.revoke}
          busy={revoke.isPending}
          error={revoke.error}
          yes={() => revoke.mutate(revoking.id, { onSuccess: () => setRevoking(null) })}
          no={() => setRevoking(null)}
        />
      )}
    </PageFrame>
  )
}

function DeviceForm({ venues, made, cancel }: { venues: VenueEntry[]; made: (made: DeviceMade) => void; cancel: () => void }) {
  const text = useText()
  const words = text.panel.devices
  const [form] = Form.useForm<NewDevice>()
  const make = useChange(makeDevice, ['devices'])
  const kind = Form.useWatch('kind', form)
  /** A machine is called by its venue's name until somebody types another. */
  const follow = (changed: Partial<NewDevice>) => {
    const typed = (form.getFieldValue('name') as string).trim()
    const venue = venues.find(({ id }) => id === changed.venue)
    if (venue !== undefined && (typed === '' || venues.some(({ name }) => name === typed))) form.setFieldValue('name', venue.name)
  }
  return (
    <Modal open title={words.make} okText={words.submit} cancelText={text.panel.cancel} confirmLoading={make.isPending} onOk={() => form.submit()} onCancel={cancel}>
      <Form<NewDevice>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ kind: 'room', venue: venues[0]?.id, name: venues[0]?.name ?? '' }}
        onValuesChange={follow}
        onFinish={(fields) => make.mutate({ ...fields, name: fields.name.trim() }, { onSuccess: made })}
      >
        <Form.Item name="kind" label={words.columns.kind}>
          <Radio.Group aria-label={words.columns.kind}
            className="choices"
            options={(['room', 'screen', 'seat'] as const).map((value) => ({
              value,
              label: (
                <span>
                  {words.kind[value]}
                  <small>{words.kindHint[value]}</small>
                </span>
              ),
            }))}
          />
        </Form.Item>
        {kind === 'seat' && (
          <Form.Item name="person" label={words.person} extra={words.personHint} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
            <Input maxLength={32} autoComplete="off" />
          </Form.Item>
        )}
        <Form.Item name="venue" label={words.venue} rules={[{ required: true, message: words.noVenue }]}>
          <Select options={venues.map((venue) => ({ value: venue.id, label: venue.name }))} notFoundContent={words.noVenue} />
        </Form.Item>
        <Form.Item name="name" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={64} placeholder={words.nameHint} />
        </Form.Item>
      </Form>
      <ProblemLine error={make.error} />
    </Modal>
  )
}
