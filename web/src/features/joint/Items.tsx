import { useState } from 'react'
import type { ChecklistItem, ItemCheck, ItemVerdict, JointTestEntry } from '@/api/generated/wire'
import { checkItem } from '@/api/joint'
import { Note } from '@/features/joint/Note'
import { asksFor, nextOpen } from '@/features/joint/sheet'
import { hourMinute } from '@/lib/format'
import type { Powers } from '@/panel/places'
import { useChange } from '@/panel/queries'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'
import { Icon, type IconName } from '@/ui/Icon'

interface Props {
  test: JointTestEntry
  powers: Powers
  fault: (error: Error | null) => void
}

/** Verdicts with their keys. */
const KEYS: [ItemVerdict, string][] = [
  ['good', '1'],
  ['bad', '2'],
  ['absent', '0'],
]

const ICONS: Record<ItemVerdict, IconName> = { open: 'remove', good: 'check', bad: 'warning', absent: 'remove' }

/** The checklist: one key an item, and what machines say of it. */
export function Items({ test, powers, fault }: Props) {
  const words = useText().panel.joint
  const { items } = test
  const [at, setAt] = useState(() => Math.max(0, items.findIndex(({ verdict }) => verdict === 'open')))
  const [noting, setNoting] = useState<{ item: ChecklistItem; verdict: ItemVerdict; place: number } | null>(null)
  const check = useChange((body: ItemCheck) => checkItem(test.id, body), ['jointTest', 'meetings'])
  const edits = powers.steer && test.state === 'running'
  const choose = (place: number) => {
    const to = Math.min(items.length - 1, Math.max(0, place))
    setAt(to)
    document.getElementById(`item-${to}`)?.scrollIntoView({ block: 'nearest' })
  }
  const store = (place: number, body: ItemCheck) =>
    check.mutate(body, {
      onSuccess: (after) => {
        fault(null)
        setNoting(null)
        choose(nextOpen(after.items, place))
      },
      onError: (error) => {
        if (noting === null) fault(error)
      },
    })
  const say = (place: number, verdict: ItemVerdict) => {
    const item = items[place]
    if (!edits || item === undefined) return
    setAt(place)
    check.reset()
    if (asksFor(item, verdict) === 'nothing') store(place, { item: item.id, verdict, note: '' })
    else setNoting({ item, verdict, place })
  }
  useShortcuts({
    ArrowDown: () => choose(at + 1),
    ArrowUp: () => choose(at - 1),
    ...Object.fromEntries(KEYS.map(([verdict, key]) => [key, () => say(at, verdict)])),
  })
  return (
    <section className="card" aria-label={words.items}>
      <ol className="joint-items">
        {items.map((item, place) => (
          <Row key={item.id} item={item} place={place} chosen={edits && place === at} edits={edits} say={(verdict) => say(place, verdict)} />
        ))}
      </ol>
      {noting !== null && (
        <Note
          title={noting.verdict === 'bad' ? words.noteTitle(noting.item.text) : words.overruleTitle(noting.item.text)}
          hint={noting.verdict === 'bad' ? words.noteHint : words.overruleHint}
          confirm={noting.verdict === 'bad' ? words.noteConfirm : words.overruleConfirm}
          beginning={noting.verdict === 'bad' ? noting.item.note : ''}
          busy={check.isPending}
          error={check.error}
          yes={(note) => store(noting.place, { item: noting.item.id, verdict: noting.verdict, note })}
          no={() => setNoting(null)}
        />
      )}
    </section>
  )
}

function Row({ item, place, chosen, edits, say }: { item: ChecklistItem; place: number; chosen: boolean; edits: boolean; say: (verdict: ItemVerdict) => void }) {
  const words = useText().panel.joint
  return (
    <li id={`item-${place}`} className={`${item.verdict}${chosen ? ' chosen' : ''}`} {...(chosen && { 'aria-current': 'true' })}>
      <span className="joint-number">{place + 1}</span>
      <div className="joint-what">
        <strong>{item.text}</strong>
        {item.measure !== null && (
          <p className={item.measuredGood === false ? 'joint-measured wrong' : 'joint-measured'}>
            <b>{words.auto}</b> {item.measured === '' ? words.unmeasured : item.measured}
          </p>
        )}
        {item.note !== '' && item.note !== item.measured && <p className="joint-note">{item.note}</p>}
        {item.by !== null && <small>{words.by(item.by.name, hourMinute(item.by.atMs))}</small>}
      </div>
      <span className="joint-verdict">
        <Icon name={ICONS[item.verdict]} size={18} />
        {words.verdict[item.verdict]}
      </span>
      {edits && (
        <div className="joint-keys">
          {KEYS.map(([verdict, key]) => (
            <button key={verdict} type="button" className={verdict} aria-pressed={item.verdict === verdict} aria-label={`${item.text}${words.verdict[verdict]}`} onClick={() => say(verdict)}>
              {words.verdict[verdict]} <kbd>{key}</kbd>
            </button>
          ))}
        </div>
      )}
    </li>
  )
}
