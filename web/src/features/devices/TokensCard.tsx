import { Tag } from 'antd'
import { useState } from 'react'
import { revokeToken } from '@/api/panel'
import type { TokenEntry } from '@/api/generated/wire'
import { moment } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { can } from '@/panel/can'
import { OffButton } from '@/panel/OffButton'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useTokens } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

/** Who comes in without an account: each token is shown as long as it would be good, and is revoked here. */
export function TokensCard() {
  const text = useText()
  const words = text.panel.tokens
  const tokens = useTokens()
  const [revoking, setRevoking] = useState<TokenEntry | null>(null)
  const revoke = useChange(revokeToken, ['tokens'])
  const head = words.columns
  const named = (token: TokenEntry) => (token.name === '' ? words.nameless : token.name)
  const columns: Column<TokenEntry>[] = [
    { title: head.name, cell: (token) => <strong>{named(token)}</strong> },
    { title: head.meeting, cell: (token) => token.meeting },
    { title: head.role, cell: (token) => words.role[token.role] },
    { title: head.ends, cell: (token) => (token.revokedAtMs === null ? moment(token.expiresAtMs, text.locale) : <Tag>{words.revoked}</Tag>) },
    { title: head.by, cell: (token) => words.by(token.madeBy) },
    {
      title: head.actions,
      cell: (token) => (
        <OffButton danger can={can.revokeToken(token)} onClick={() => setRevoking(token)}>
          {words.revoke}
        </OffButton>
      ),
    },
  ]
  return (
    <section className="card" aria-labelledby="tokens">
      <h2 id="tokens">{words.title}</h2>
      <p className="quiet">{words.hint}</p>
      <ProblemLine error={tokens.error} retry={() => void tokens.refetch()} />
      <List rows={tokens.data ?? []} columns={columns} id={(token) => token.id} none={tokens.data === undefined ? text.panel.loading : words.none} />
      {revoking !== null && (
        <Ask
          title={words.revokeTitle(named(revoking), revoking.meeting)}
          effect={words.revokeEffect}
          confirm={words.revoke}
          busy={revoke.isPending}
          error={revoke.error}
          yes={() => revoke.mutate(revoking.id, { onSuccess: () => setRevoking(null) })}
          no={() => setRevoking(null)}
        />
      )}
    </section>
  )
}
