import { Button, Tag } from 'antd'
import type { UnitEntry, UnitPerson } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** The people of a unit the reader answers for, and asking for one more. */
export function People({ unit, ask }: { unit: UnitEntry; ask: () => void }) {
  const text = useText()
  const words = text.panel.units
  const head = words.personColumns
  const columns: Column<UnitPerson>[] = [
    { title: head.name, cell: (person) => <strong>{person.name}</strong> },
    { title: head.login, cell: (person) => person.login },
    { title: head.roles, cell: (person) => person.roles.map((role) => text.panel.roles[role]).join(text.comma) },
    { title: head.state, cell: (person) => <State person={person} /> },
    { title: head.last, cell: (person) => (person.lastLoginMs === null ? text.panel.never : moment(person.lastLoginMs, text.locale)) },
  ]
  return (
    <section className="card" aria-label={words.people(unit.name)}>
      <h2>{words.people(unit.name)}</h2>
      <List rows={unit.people} columns={columns} id={(person) => person.account} none={words.noPeople} />
      <p className="unit-ask">
        <Button type="primary" onClick={ask}>
          {words.ask}
        </Button>
      </p>
    </section>
  )
}

function State({ person }: { person: UnitPerson }) {
  const words = useText().panel.accounts
  if (!person.enabled) return <Tag>{words.disabled}</Tag>
  return person.unused ? <Tag color="warning">{words.unused}</Tag> : <Tag color="success">{words.enabled}</Tag>
}
