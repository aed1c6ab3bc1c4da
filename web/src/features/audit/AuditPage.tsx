import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Input, Select } from 'antd'
import { useDeferredValue } from 'react'
import { useSearchParams } from 'wouter'
import { audit } from '@/api/panel'
import type { AuditRow } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** The book: who did what to which thing, newest first. */
export function AuditPage() {
  const text = useText()
  const words = text.panel.audit
  const [search, setSearch] = useSearchParams()
  const typed = { actor: search.get('actor') ?? '', action: search.get('action') ?? '' }
  const filter = useDeferredValue(typed)
  const pages = useInfiniteQuery({
    queryKey: ['audit', filter.actor, filter.action],
    queryFn: ({ pageParam }) => audit(filter, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBefore,
  })
  const set = (change: Partial<typeof typed>) => setSearch(Object.fromEntries(Object.entries({ ...typed, ...change }).filter(([, value]) => value !== '')), { replace: true })
  const names: Partial<Record<string, string>> = text.auditActions
  const results: Partial<Record<string, string>> = text.auditResults
  const rows = pages.data?.pages.flatMap((page) => page.entries) ?? []
  const head = words.columns
  const columns: Column<AuditRow>[] = [
    { title: head.number, cell: (row) => row.number, figure: true },
    { title: head.time, cell: (row) => moment(row.atMs, text.locale) },
    { title: head.actor, cell: (row) => row.actor },
    { title: head.address, cell: (row) => row.address },
    { title: head.action, cell: (row) => names[row.action] ?? row.action },
    { title: head.subject, cell: (row) => row.subject },
    { title: head.result, cell: (row) => (row.result === null ? words.open : (results[row.result] ?? row.result)) },
  ]
  return (
    <PageFrame title={words.title} hint={words.hint} actions={<Button onClick={() => void pages.refetch()}>{words.refresh}</Button>}>
      <ProblemLine error={pages.error} retry={() => void pages.refetch()} />
      <section className="card">
        <div className="filters">
          <Input allowClear value={typed.actor} placeholder={words.actor} aria-label={words.actor} onChange={(event) => set({ actor: event.target.value })} />
          <Select
            value={typed.action}
            aria-label={words.action}
            onChange={(action) => set({ action })}
            options={[{ value: '', label: words.any }, ...Object.entries(text.auditActions).map(([value, label]) => ({ value, label }))]}
          />
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
