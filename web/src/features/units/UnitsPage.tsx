import { Button, Tag } from 'antd'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { changeUnit, closeUnit, removeUnit, reopenUnit } from '@/api/panel'
import type { AccountMade, AccountRole, UnitEntry } from '@/api/generated/wire'
import { AskAccount } from '@/features/units/AskAccount'
import { People } from '@/features/units/People'
import { Requests } from '@/features/units/Requests'
import { UnitForm } from '@/features/units/UnitForm'
import { moment } from '@/lib/format'
import { swapped } from '@/lib/order'
import { Ask } from '@/panel/Ask'
import { OnceDialog } from '@/panel/OnceDialog'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { TablePage } from '@/panel/TablePage'
import { useChange, useUnits } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** Units in administrative order and who answers for them; requests for accounts. A liaison sees their own. */
export function UnitsPage({ roles }: { roles: AccountRole[] }) {
  const text = useText()
  const words = text.panel.units
  const units = useUnits()
  const [search, setSearch] = useSearchParams()
  const [changing, setChanging] = useState<UnitEntry | null>(null)
  const [asking, setAsking] = useState<UnitEntry | null>(null)
  const [made, setMade] = useState<AccountMade | null>(null)
  const manages = roles.includes('security_admin')
  const make = (on: boolean) => setSearch(on ? { new: '' } : {}, { replace: true })
  const rows = units.data?.units ?? []
  const none = manages ? words.none : words.noneLiaison
  if (search.has('tables')) return <TablePage kinds={manages ? ['units', 'people'] : ['people']} asking={!manages} backTo={text.panel.tables.back} back={() => setSearch({}, { replace: true })} />
  return (
    <PageFrame
      title={words.title}
      hint={manages ? words.hint : words.hintLiaison}
      actions={
        <>
          <Button size="large" onClick={() => setSearch({ tables: '' })}>
            {text.panel.tables.open}
          </Button>
          {manages && (
            <Button type="primary" size="large" onClick={() => make(true)}>
              {words.make}
            </Button>
          )}
        </>
      }
    >
      <ProblemLine error={units.error} retry={() => void units.refetch()} />
      {units.data !== undefined && <Requests requests={units.data.requests} decides={manages} made={setMade} />}
      {manages && <Managed rows={rows} none={units.data === undefined ? text.panel.loading : none} change={setChanging} />}
      {!manages && units.data !== undefined && rows.length === 0 && <p className="quiet">{none}</p>}
      {rows
        .filter(({ mine }) => mine)
        .map((unit) => (
          <People key={unit.id} unit={unit} ask={() => setAsking(unit)} />
        ))}
      {(search.has('new') || changing !== null) && (
        <UnitForm
          unit={changing}
          done={() => {
            setChanging(null)
            make(false)
          }}
        />
      )}
      {asking !== null && <AskAccount unit={asking} done={() => setAsking(null)} />}
      {made !== null && <OnceDialog made={made} close={() => setMade(null)} />}
    </PageFrame>
  )
}

function Managed({ rows, none, change }: { rows: UnitEntry[]; none: string; change: (unit: UnitEntry) => void }) {
  const text = useText()
  const words = text.panel.units
  const [removing, setRemoving] = useState<UnitEntry | null>(null)
  const remove = useChange((id: string) => removeUnit(id), ['units'])
  const [closing, setClosing] = useState<UnitEntry | null>(null)
  const close = useChange((id: string) => closeUnit(id), ['units', 'accounts', 'me'])
  const reopen = useChange((id: string) => reopenUnit(id), ['units'])
  const forget = () => {
    setRemoving(null)
    remove.reset()
    setClosing(null)
    close.reset()
  }
  const move = useChange(
    async (ranks: { id: string; rank: number }[]) => {
      for (const { id, rank } of ranks) await changeUnit(id, { rank })
    },
    ['units'],
  )
  const head = words.columns
  const columns: Column<UnitEntry>[] = [
    {
      title: head.name,
      cell: (unit) => (
        <>
          <strong>{unit.name}</strong> {unit.own && <Tag color="blue">{words.ownTag}</Tag>}
          {unit.closedAtMs !== null && (
            <div>
              <Tag>{words.closedTag(moment(unit.closedAtMs, text.locale))}</Tag>
            </div>
          )}
        </>
      ),
    },
    { title: head.liaison, cell: (unit) => <Liaisons unit={unit} /> },
    { title: head.people, cell: (unit) => <Count unit={unit} /> },
    {
      title: head.order,
      cell: (unit) => {
        const at = rows.indexOf(unit)
        return (
          <div className="row-actions">
            <Button aria-label={words.up(unit.name)} disabled={at === 0} loading={move.isPending} onClick={() => move.mutate(swapped(rows, at, at - 1))}>
              ↑
            </Button>
            <Button aria-label={words.down(unit.name)} disabled={at === rows.length - 1} loading={move.isPending} onClick={() => move.mutate(swapped(rows, at, at + 1))}>
              ↓
            </Button>
          </div>
        )
      },
    },
    {
      title: head.actions,
      cell: (unit) => (
        <div className="row-actions">
          {unit.closedAtMs === null ? (
            <>
              <Button onClick={() => change(unit)}>{words.change}</Button>
              <Button danger disabled={unit.own} title={unit.own ? words.ownStays : undefined} onClick={() => setClosing(unit)}>
                {words.close}
              </Button>
            </>
          ) : (
            <Button loading={reopen.isPending} onClick={() => reopen.mutate(unit.id)}>
              {words.reopen}
            </Button>
          )}
          <Button danger onClick={() => setRemoving(unit)}>
            {words.remove}
          </Button>
        </div>
      ),
    },
  ]
  return (
    <>
      <ProblemLine error={move.error ?? reopen.error} />
      <section className="card">
        <List rows={rows} columns={columns} id={(unit) => unit.id} none={none} />
      </section>
      {closing !== null && (
        <Ask
          title={words.closeTitle(closing.name)}
          effect={words.closeEffect(closing.people.filter(({ enabled }) => enabled).length)}
          confirm={words.close}
          busy={close.isPending}
          error={close.error}
          yes={() => close.mutate(closing.id, { onSuccess: forget })}
          no={forget}
        />
      )}
      {removing !== null && (
        <Ask
          title={words.removeTitle(removing.name)}
          effect={words.removeEffect}
          confirm={words.remove}
          busy={remove.isPending}
          error={remove.error}
          yes={() => remove.mutate(removing.id, { onSuccess: forget })}
          no={forget}
        />
      )}
    </>
  )
}

function Liaisons({ unit: { liaisons } }: { unit: UnitEntry }) {
  const text = useText()
  const words = text.panel.units
  const [first, ...others] = liaisons
  if (first === undefined) return <span className="quiet">{words.noLiaison}</span>
  return (
    <>
      {first.name}
      {others.length > 0 && <small className="quiet"> {words.deputy(others.map(({ name }) => name).join(text.comma))}</small>}
    </>
  )
}

function Count({ unit: { people } }: { unit: UnitEntry }) {
  const words = useText().panel.units
  const unused = people.filter((person) => person.unused).length
  return (
    <>
      {words.count(people.length)}
      {unused > 0 && <small className="quiet"> {words.unused(unused)}</small>}
    </>
  )
}
