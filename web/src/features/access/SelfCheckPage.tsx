import { useQuery } from '@tanstack/react-query'
import { Button, Tag } from 'antd'
import { selfCheck } from '@/api/panel'
import type { CheckLine, CheckVerdict } from '@/api/generated/wire'
import '@/features/access/access.css'
import { moment } from '@/lib/format'
import { Exceptions } from '@/panel/Exceptions'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

const COLOUR: Record<CheckVerdict, string> = { holds: 'success', look: 'warning', fails: 'error' }

interface Words {
  name: string
  value: (figures: number[], names: string) => string
}

/** How each control stands, by what runs and what is stored. */
export function SelfCheckPage() {
  const text = useText()
  const words = text.panel.selfCheck
  const checkedAt = words.at
  const controls: Partial<Record<string, Words>> = text.panel.controls
  const roles: Partial<Record<string, string>> = text.panel.roles
  const { data, error, refetch, dataUpdatedAt } = useQuery({ queryKey: ['selfCheck'], queryFn: selfCheck })
  const named = (names: string[]) => names.map((name) => roles[name] ?? name).join(text.comma)
  const columns: Column<CheckLine>[] = [
    { title: words.columns.control, cell: ({ control }) => <strong>{controls[control]?.name ?? control}</strong> },
    { title: words.columns.value, cell: ({ control, figures, names }) => <span className="check-value">{controls[control]?.value(figures, named(names)) ?? named(names)}</span> },
    { title: words.columns.verdict, cell: ({ verdict }) => <Tag color={COLOUR[verdict]}>{words.verdict[verdict]}</Tag> },
  ]
  return (
    <PageFrame title={words.title} hint={words.hint} actions={<Button onClick={() => globalThis.print()}>{words.print}</Button>}>
      <Exceptions exceptions={data?.flatMap(({ exceptions }) => exceptions) ?? []} />
      <ProblemLine error={error} retry={() => void refetch()} />
      <section className="card">
        <List rows={data ?? []} columns={columns} id={({ control }) => control} none={text.panel.loading} />
        {data !== undefined && <p className="quiet">{checkedAt(moment(dataUpdatedAt, text.locale))}</p>}
      </section>
    </PageFrame>
  )
}
