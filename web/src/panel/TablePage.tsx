import { Button, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { applyTable, checkTable, exportTable, tableTemplate, type TableFormat, type TableKind } from '@/api/panel'
import type { ImportCheck, ImportLineEntry, ImportResult } from '@/api/generated/wire'
import { save } from '@/lib/save'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { countsOf, ordered } from '@/panel/table'
import '@/panel/tables.css'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

interface Checked {
  file: File
  said: ImportCheck
}

interface Props {
  /** Which tables there are to choose from. */
  kinds: [TableKind, ...TableKind[]]
  /** Whether new people of a list are asked for. */
  asking?: boolean
  backTo: string
  back: () => void
}

/** Units, people or holidays as a table: fetched as a file, brought back, looked at line by line, and applied as a whole or not at all. */
export function TablePage({ kinds, asking = false, backTo, back }: Props) {
  const text = useText()
  const words = text.panel.tables
  const [kind, setKind] = useState<TableKind>(kinds[0])
  const [checked, setChecked] = useState<Checked | null>(null)
  const [applied, setApplied] = useState<string | null>(null)
  const fetched = useChange(async ({ what, format }: { what: 'template' | 'list'; format: TableFormat }) => {
    const file = await (what === 'template' ? tableTemplate(kind, format) : exportTable(kind, format))
    save(file, `${words.file(kind, what)}.${format}`)
  }, [])
  const check = useChange((file: File) => checkTable(kind, file), [])
  const apply = useChange(({ file, said }: Checked) => applyTable(kind, file, said.mark), ['units', 'accounts', 'pen', 'signOffs', 'recordings', 'days', 'meetings'])
  const forget = () => {
    setChecked(null)
    setApplied(null)
    check.reset()
    apply.reset()
  }
  const choose = (file: File | undefined) => {
    forget()
    if (file !== undefined) check.mutate(file, { onSuccess: (said) => setChecked({ file, said }) })
  }
  const asks = kind === 'people' && asking
  const about = { units: words.aboutUnits, people: asks ? words.aboutAsking : words.aboutPeople, days: words.aboutDays }
  return (
    <PageFrame title={words.title} hint={words.hint} actions={<Button onClick={back}>{backTo}</Button>}>
      {kinds.length > 1 && (
        <Segmented<TableKind>
          size="large"
          value={kind}
          onChange={(next) => {
            setKind(next)
            forget()
          }}
          options={kinds.map((value) => ({ value, label: words.kinds[value] }))}
        />
      )}
      <section className="card" aria-label={words.fetch}>
        <h2>{words.fetch}</h2>
        <p className="quiet">{about[kind]}</p>
        <div className="row-actions">
          <Button onClick={() => fetched.mutate({ what: 'list', format: 'xlsx' })}>{words.listXlsx(words.kinds[kind])}</Button>
          <Button onClick={() => fetched.mutate({ what: 'list', format: 'csv' })}>{words.listCsv(words.kinds[kind])}</Button>
          <Button onClick={() => fetched.mutate({ what: 'template', format: 'xlsx' })}>{words.template(words.kinds[kind])}</Button>
        </div>
        <ProblemLine error={fetched.error} />
      </section>
      <section className="card" aria-label={words.bring}>
        <h2>{words.bring}</h2>
        <p className="quiet">{words.bringHint}</p>
        <label className="table-file">
          <span>{words.choose(words.kinds[kind])}</span>
          <input
            type="file"
            accept=".xlsx,.csv,.txt"
            onChange={({ target }) => {
              choose(target.files?.[0])
              target.value = ''
            }}
          />
        </label>
        {check.isPending && <p className="quiet">{words.checking}</p>}
        <ProblemLine error={check.error} />
        {checked !== null && (
          <Report
            checked={checked}
            asks={asks}
            busy={apply.isPending}
            apply={() =>
              apply.mutate(checked, {
                onSuccess: ({ lines }) => {
                  setApplied(words.done(countsOf(lines), asks))
                  setChecked(null)
                },
              })
            }
          />
        )}
        <ProblemLine error={apply.error} />
        {applied !== null && (
          <p role="status" className="table-done">
            {applied}
          </p>
        )}
      </section>
    </PageFrame>
  )
}

const COLOURS: Record<ImportResult, string> = { wrong: 'red', change: 'gold', make: 'green', leave: 'default' }

/** What would come of each line, those that are wrong first, and the button that does it. */
function Report({ checked: { file, said }, asks, busy, apply }: { checked: Checked; asks: boolean; busy: boolean; apply: () => void }) {
  const text = useText()
  const words = text.panel.tables
  const counts = countsOf(said.lines)
  const due = counts.make + counts.change
  const columns: Column<ImportLineEntry>[] = [
    { title: words.columns.line, cell: ({ line }) => line, figure: true },
    { title: words.columns.name, cell: ({ name }) => name },
    { title: words.columns.result, cell: ({ result }) => <Tag color={COLOURS[result]}>{result === 'make' && asks ? words.asked : words.results[result]}</Tag> },
    { title: words.columns.what, cell: (line) => <What line={line} /> },
  ]
  return (
    <>
      <p className={counts.wrong > 0 ? 'table-verdict wrong' : 'table-verdict'} role="status">
        {words.verdict(file.name, counts, asks)}
      </p>
      <div className="row-actions">
        <Button type="primary" size="large" disabled={counts.wrong > 0 || due === 0} loading={busy} onClick={apply}>
          {words.apply(counts, asks)}
        </Button>
        {counts.wrong > 0 && <span className="quiet">{words.notYet}</span>}
        {counts.wrong === 0 && due === 0 && <span className="quiet">{words.nothing}</span>}
      </div>
      <List rows={ordered(said.lines)} columns={columns} id={({ line }) => String(line)} none={words.nothing} />
    </>
  )
}

function What({ line: { differences, faults } }: { line: ImportLineEntry }) {
  const words = useText().panel.tables
  return (
    <ul className="table-what">
      {faults.map((fault) => (
        <li key={fault.column + fault.sentence}>{words.fault(fault)}</li>
      ))}
      {differences.map(({ column, before, after }) => (
        <li key={column}>{words.difference(column, before, after)}</li>
      ))}
    </ul>
  )
}
