import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { Button, Input, Select } from 'antd'
import { useDeferredValue } from 'react'
import { useSearchParams } from 'wouter'
import { audit, exportAudit } from '@/api/panel'
import type { AuditRow } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { save } from '@/lib/save'
import { Exceptions } from '@/panel/Exceptions'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'
import { filterOf, typedOf } from './filter'
import { actorOf, subjectOf } from './words'
import '@/features/audit/audit.css'

/** The book: who did what to which thing, newest first. */
export function AuditPage() {
  const text = useText()
  const words = text.panel.audit
  const [search, setSearch] = useSearchParams()
  const typed = typedOf(search)
  const filter = useDeferredValue(typed)
  const pages = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => audit(filterOf(filter), pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBefore,
  })
  const set = (change: Partial<typeof typed>) => setSearch(Object.fromEntries(Object.entries({ ...typed, ...change }).filter(([, value]) => value !== '')), { replace: true })
  const table = useMutation({
    mutationFn: () => exportAudit(filterOf(typed)),
    onSuccess: (file) => save(file, `${words.file}.csv`),
  })
  const names: Partial<Record<string, string>> = text.auditActions
  const results: Partial<Record<string, string>> = text.auditResults
  const rows = pages.data?.pages.flatMap((page) => page.entries) ?? []
  const head = words.columns
  const columns: Column<AuditRow>[] = [
    { title: head.number, cell: (row) => row.number, figure: true },
    { title: head.time, cell: (row) => moment(row.atMs, text.locale) },
    { title: head.actor, cell: (row) => <span className="audit-actor" title={row.actor}>{actorOf(row.actor, text.auditThings)}</span> },
    { title: head.address, cell: (row) => row.address },
    { title: head.action, cell: (row) => names[row.action] ?? row.action },
    { title: head.subject, cell: (row) => <span className="audit-subject" title={row.subject}>{subjectOf(row.subject, text.auditThings)}</span> },
    { title: head.result, cell: (row) => (row.result === null ? words.open : (results[row.result] ?? row.result)) },
  ]
  return (
    <PageFrame title={words.title} hint={words.hint} actions={
        <>
          <Button loading={table.isPending} onClick={() => table.mutate()}>
            {words.export}
          </Button>
          <Button onClick={() => void pages.refetch()}>{words.refresh}</Button>
        </>
      }
    >
      <Exceptions exceptions={pages.data?.pages[0]?.exceptions ?? []} />
      <ProblemLine error={table.error} retry={() => table.mutate()} />
      <ProblemLine error={pages.error} retry={() => void pages.refetch()} />
      <section className="card">
        <div className="audit-filters">
          <Input type="date" value={typed.from} max={typed.until} aria-label={words.from} prefix={words.from} onChange={(event) => set({ from: event.target.value })} />
          <Input type="date" value={typed.until} min={typed.from} aria-label={words.until} prefix={words.until} onChange={(event) => set({ until: event.target.value })} />
          <Input allowClear value={typed.actor} placeholder={words.actor} aria-label={words.actor} onChange={(event) => set({ actor: event.target.value })} />
          <Select
            value={typed.action}
            aria-label={words.action}
            onChange={(action) => set({ action })}
            options={[{ value: '', label: words.any }, ...Object.entries(text.auditActions).map(([value, label]) => ({ value, label }))]}
          />
          <Input allowClear value={typed.subject} placeholder={words.subject} aria-label={words.subject} onChange={(event) => set({ subject: event.target.value })} />
          <Input allowClear value={typed.address} placeholder={words.address} aria-label={words.address} onChange={(event) => set({ address: event.target.value })} />
        </div>
        <List rows={rows} columns={columns} id={(row) => String(row.number)} none={pages.isPending ? text.panel.loading : words.none} />
        {pages.hasNextPage ? (
          <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {words.more}
          </Button>
        ) : (
          rows.length > 0 && <p className="quiet">{words.end}</p>
        )}
      </section>
    </PageFrame>
  )
}
