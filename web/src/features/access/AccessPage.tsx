import type { AccessRow } from '@/api/generated/wire'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useAccess } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** Who may do what, as the server decides it, and which roles exclude each other. */
export function AccessPage() {
  const text = useText()
  const words = text.panel.access
  const actions: Partial<Record<string, string>> = text.panel.accessActions
  const { data, error, refetch } = useAccess()
  const columns: Column<AccessRow>[] = [
    { title: words.action, cell: ({ action }) => <strong>{actions[action] ?? action}</strong> },
    ...(data?.roles ?? []).map((role, place): Column<AccessRow> => ({
      title: text.panel.roles[role],
      cell: ({ reach }) => {
        const far = reach[place] ?? 'no'
        return far === 'no' ? <span className="quiet" aria-label={words.no}>—</span> : words.reach[far]
      },
    })),
  ]
  return (
    <PageFrame title={words.title} hint={words.hint}>
      <ProblemLine error={error} retry={() => void refetch()} />
      {data !== undefined && (
        <section className="card" aria-label={words.apart}>
          <h2>{words.apart}</h2>
          <p>{data.apart.map(([one, other]) => words.pair(text.panel.roles[one], text.panel.roles[other])).join(text.comma)}</p>
        </section>
      )}
      <section className="card">
        <List rows={data?.rows ?? []} columns={columns} id={({ action }) => action} none={text.panel.loading} />
      </section>
    </PageFrame>
  )
}
