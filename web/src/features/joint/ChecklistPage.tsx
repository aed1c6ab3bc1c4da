import { useQuery, type UseMutationResult } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { useState } from 'react'
import type { ChecklistEntry } from '@/api/generated/wire'
import { checklist, saveChecklist } from '@/api/joint'
import '@/features/joint/joint.css'
import { moved } from '@/features/joint/checklist'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'

const CHARS_MAX = 60
const ITEMS_MIN = 10
const ITEMS_MAX = 30

/** The server's checklist of joint tests: items are added, renamed, put in another order, removed. */
export function ChecklistPage() {
  const { data, error, refetch } = useQuery({ queryKey: ['checklist'], queryFn: checklist, refetchOnWindowFocus: false })
  const words = useText().panel.joint.checklist
  // Here, since the editor begins anew with what was saved.
  const save = useChange((list: ChecklistEntry[]) => saveChecklist({ items: list.map(({ id, text }) => ({ id, text: text.trim(), measured: false })) }), ['checklist'])
  return (
    <PageFrame title={words.title} hint={words.hint}>
      <ProblemLine error={error} retry={() => void refetch()} />
      {data !== undefined && <Editor key={JSON.stringify(data)} kept={data.items} save={save} />}
    </PageFrame>
  )
}

interface Props {
  kept: ChecklistEntry[]
  save: UseMutationResult<unknown, Error, ChecklistEntry[]>
}

function Editor({ kept, save }: Props) {
  const text = useText()
  const words = text.panel.joint.checklist
  const [items, setItems] = useState(() => kept.map((item) => ({ ...item, key: item.id })))
  const [added, setAdded] = useState(0)
  const change = (next: typeof items) => {
    save.reset()
    setItems(next)
  }
  const add = () => {
    setAdded(added + 1)
    change([...items, { id: '', text: '', measured: false, key: `new-${added}` }])
  }
  const same = JSON.stringify(items.map(({ id, text: said }) => [id, said])) === JSON.stringify(kept.map(({ id, text: said }) => [id, said]))
  const whole = items.every(({ text: said }) => said.trim() !== '')
  return (
    <section className="card">
      <ol className="checklist-items">
        {items.map((item, place) => (
          <li key={item.key}>
            <span className="joint-number">{place + 1}</span>
            <Input
              aria-label={words.text(place + 1)}
              autoFocus={item.key.startsWith('new-')}
              maxLength={CHARS_MAX}
              value={item.text}
              status={item.text.trim() === '' ? 'error' : ''}
              onChange={({ target }) => change(items.map((known) => (known.key === item.key ? { ...known, text: target.value } : known)))}
            />
            <span className="checklist-auto">{item.measured && words.measured}</span>
            <Button aria-label={words.up(item.text)} title={words.up(item.text)} disabled={place === 0} onClick={() => change(moved(items, place, -1))}>
              ↑
            </Button>
            <Button aria-label={words.down(item.text)} title={words.down(item.text)} disabled={place === items.length - 1} onClick={() => change(moved(items, place, 1))}>
              ↓
            </Button>
            <Button danger aria-label={words.remove(item.text)} title={words.remove(item.text)} disabled={items.length <= ITEMS_MIN} onClick={() => change(items.filter(({ key }) => key !== item.key))}>
              <Icon name="remove" size={16} />
            </Button>
          </li>
        ))}
      </ol>
      <ProblemLine error={save.error} />
      <div className="row-actions">
        <Button size="large" disabled={items.length >= ITEMS_MAX} onClick={add}>
          {words.add}
        </Button>
        <Button size="large" disabled={same} onClick={() => change(kept.map((item) => ({ ...item, key: item.id })))}>
          {words.first}
        </Button>
        <Button type="primary" size="large" disabled={same || !whole} loading={save.isPending} onClick={() => save.mutate(items)}>
          {text.panel.save}
        </Button>
        {save.isSuccess && same && <span role="status">{words.saved}</span>}
      </div>
    </section>
  )
}
