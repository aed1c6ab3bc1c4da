import { useQuery } from '@tanstack/react-query'
import { Button, Tag } from 'antd'
import type { LoginEntry } from '@/api/generated/wire'
import { endLogin, logins } from '@/api/panel'
import { moment } from '@/lib/format'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** Where I am logged in now; what I don't know I end. */
export function Logins() {
  const text = useText()
  const words = text.panel.me
  const all = useQuery({ queryKey: ['logins'], queryFn: logins })
  const end = useChange(endLogin, ['logins'])
  const columns: Column<LoginEntry>[] = [
    { title: words.since, cell: (login) => moment(login.madeAtMs, text.locale) },
    { title: words.seen, cell: (login) => moment(login.seenAtMs, text.locale) },
    { title: words.address, cell: (login) => login.address },
    {
      title: text.panel.accounts.columns.actions,
      cell: (login) =>
        login.current ? (
          <Tag color="success">{words.thisLogin}</Tag>
        ) : (
          <Button loading={end.isPending && end.variables === login.id} onClick={() => end.mutate(login.id)}>
            {words.endLogin}
          </Button>
        ),
    },
  ]
  return (
    <section className="card" aria-label={words.logins}>
      <h2>{words.logins}</h2>
      <p className="quiet">{words.loginsHint}</p>
      <ProblemLine error={all.error ?? end.error} />
      <List rows={all.data ?? []} columns={columns} id={(login) => login.id} none={text.panel.loading} />
    </section>
  )
}
