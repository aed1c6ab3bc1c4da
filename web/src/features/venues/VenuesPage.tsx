import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { changeVenue, makeVenue } from '@/api/panel'
import type { VenueEntry } from '@/api/generated/wire'
import { swapped } from '@/lib/order'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

type Editing = { kind: 'new' } | { kind: 'rename'; venue: VenueEntry }

/** The places that take part, in administrative order. */
export function VenuesPage() {
  const text = useText()
  const words = text.panel.venues
  const venues = useVenues()
  const [search, setSearch] = useSearchParams()
  const [renaming, setRenaming] = useState<VenueEntry | null>(null)
  const move = useChange(
    async (ranks: { id: string; rank: number }[]) => {
      for (const { id, rank } of ranks) await changeVenue(id, { rank })
    },
    ['venues'],
  )
  const make = (on: boolean) => setSearch(on ? { new: '' } : {}, { replace: true })
  const editing: Editing | null = renaming !== null ? { kind: 'rename', venue: renaming } : search.has('new') ? { kind: 'new' } : null
  const rows = [...(venues.data ?? [])].sort((a, b) => a.rank - b.rank)
  const head = words.columns
  const columns: Column<VenueEntry>[] = [
    { title: head.name, cell: (venue) => <strong>{venue.name}</strong> },
    { title: head.id, cell: (venue) => venue.id },
    { title: head.page, cell: (venue) => <code>{`/room/${venue.id}`}</code> },
    {
      title: head.order,
      cell: (venue) => {
        const at = rows.indexOf(venue)
        return (
          <div className="row-actions">
            <Button aria-label={words.up(venue.name)} disabled={at === 0} loading={move.isPending} onClick={() => move.mutate(swapped(rows, at, at - 1))}>
              ↑
            </Button>
            <Button aria-label={words.down(venue.name)} disabled={at === rows.length - 1} loading={move.isPending} onClick={() => move.mutate(swapped(rows, at, at + 1))}>
              ↓
            </Button>
          </div>
        )
      },
    },
    { title: head.actions, cell: (venue) => <Button onClick={() => setRenaming(venue)}>{words.rename}</Button> },
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
      <ProblemLine error={venues.error ?? move.error} retry={() => void venues.refetch()} />
      <section className="card">
        <List rows={rows} columns={columns} id={(venue) => venue.id} none={venues.data === undefined ? text.panel.loading : words.none} />
      </section>
      {editing !== null && (
        <VenueForm
          editing={editing}
          done={() => {
            setRenaming(null)
            make(false)
          }}
        />
      )}
    </PageFrame>
  )
}

function VenueForm({ editing, done }: { editing: Editing; done: () => void }) {
  const text = useText()
  const words = text.panel.venues
  const [form] = Form.useForm<{ name: string; id: string }>()
  const save = useChange(
    ({ name, id }: { name: string; id?: string }) => {
      if (editing.kind === 'rename') return changeVenue(editing.venue.id, { name: name.trim() })
      return makeVenue({ name: name.trim(), ...(id !== undefined && id !== '' && { id }) })
    },
    ['venues'],
  )
  return (
    <Modal
      open
      title={editing.kind === 'new' ? words.make : words.rename}
      okText={text.panel.save}
      cancelText={text.panel.cancel}
      confirmLoading={save.isPending}
      onOk={() => form.submit()}
      onCancel={done}
    >
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: editing.kind === 'new' ? '' : editing.venue.name, id: '' }} onFinish={(fields) => save.mutate(fields, { onSuccess: done })}>
        <Form.Item name="name" label={words.name} rules={[{ required: true, whitespace: true, message: text.panel.required }]}>
          <Input autoFocus maxLength={64} placeholder={words.nameHint} />
        </Form.Item>
        {editing.kind === 'new' && (
          <Form.Item name="id" label={words.id} extra={words.idHint} rules={[{ pattern: /^[a-z0-9_-]*$/, message: words.idWrong }]}>
            <Input maxLength={32} />
          </Form.Item>
        )}
      </Form>
      <ProblemLine error={save.error} />
    </Modal>
  )
}
