import { Button, Tag } from 'antd'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { changeAccount, endSessions, resetAccount, resetSecondFactor, unlockAccount } from '@/api/panel'
import type { AccountEntry, AccountMade, HandOverForm, HandOverMade } from '@/api/generated/wire'
import '@/features/accounts/accounts.css'
import { AccountForm } from '@/features/accounts/AccountForm'
import { HandOver } from '@/features/accounts/HandOver'
import { HandOvers } from '@/features/accounts/HandOvers'
import { HandOverSheet } from '@/features/accounts/HandOverSheet'
import { Revoke } from '@/features/accounts/Revoke'
import { moment } from '@/lib/format'
import { Ask } from '@/panel/Ask'
import { OnceDialog } from '@/panel/OnceDialog'
import { Exceptions } from '@/panel/Exceptions'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useAccounts, useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

type Doing = { kind: 'changing' | 'resetting' | 'disabling' | 'ending' | 'leaving' | 'unfactoring' | 'certified'; account: AccountEntry } | null

/** Who can log in, as what. */
export function AccountsPage({ self }: { self: string }) {
  const text = useText()
  const words = text.panel.accounts
  const accounts = useAccounts()
  const [search, setSearch] = useSearchParams()
  const [doing, setDoing] = useState<Doing>(null)
  const [listing, setListing] = useState(false)
  const [handed, setHanded] = useState<HandOverMade | null>(null)
  const [made, setMade] = useState<AccountMade | null>(null)
  const reset = useChange(resetAccount, ['accounts'])
  const enable = useChange(({ id, enabled }: { id: string; enabled: boolean }) => changeAccount(id, { enabled }), ['accounts'])
  const end = useChange(endSessions, ['accounts'])
  const unlock = useChange(unlockAccount, ['accounts'])
  const unfactor = useChange(resetSecondFactor, ['accounts'])
  const unused = (accounts.data ?? []).filter((account) => account.unused)
  const onlyUnused = search.has('unused')
  const make = (on: boolean) => setSearch(on ? { new: '' } : {}, { replace: true })
  const done = () => setDoing(null)
  const head = words.columns
  const columns: Column<AccountEntry>[] = [
    { title: head.name, cell: (account) => <Who account={account} /> },
    { title: head.login, cell: (account) => account.login },
    { title: head.roles, cell: (account) => <span className="account-narrow">{account.roles.map((role) => text.panel.roles[role]).join(text.comma)}</span> },
    { title: head.state, cell: (account) => <State account={account} /> },
    { title: head.last, cell: (account) => <span className="account-narrow">{account.lastLoginMs === null ? text.panel.never : moment(account.lastLoginMs, text.locale)}</span> },
    {
      title: head.actions,
      cell: (account) => (
        <div className="row-actions row-actions-many">
          <Button onClick={() => setDoing({ kind: 'changing', account })}>{words.change}</Button>
          <Button onClick={() => setDoing({ kind: 'resetting', account })}>{words.reset}</Button>
          {(account.secondFactor || account.factorLost) && account.id !== self && <Button onClick={() => setDoing({ kind: 'unfactoring', account })}>{account.factorLost ? words.releaseFactor : words.resetFactor}</Button>}
          {account.certificates.length > 0 && <Button onClick={() => setDoing({ kind: 'certified', account })}>{text.panel.certificates.button(account.certificates.length)}</Button>}
          {account.locked && (
            <Button loading={unlock.isPending} onClick={() => unlock.mutate(account.id)}>
              {words.unlock}
            </Button>
          )}
          {account.sessions > 0 && account.id !== self && <Button onClick={() => setDoing({ kind: 'ending', account })}>{words.endSessions}</Button>}
          {account.enabled && account.id !== self && <Button onClick={() => setDoing({ kind: 'leaving', account })}>{text.panel.handOver.button}</Button>}
          {account.enabled ? (
            <Button danger disabled={account.id === self} title={account.id === self ? words.self : undefined} onClick={() => setDoing({ kind: 'disabling', account })}>
              {words.disable}
            </Button>
          ) : (
            <Button loading={enable.isPending} onClick={() => enable.mutate({ id: account.id, enabled: true })}>
              {words.enable}
            </Button>
          )}
        </div>
      ),
    },
  ]
  return (
    <PageFrame
      title={words.title}
      hint={words.hint}
      actions={
        <>
          <Button size="large" onClick={() => setListing(true)}>
            {text.panel.handOver.all}
          </Button>
          <Button type="primary" size="large" onClick={() => make(true)}>
            {words.make}
          </Button>
        </>
      }
    >
      <Exceptions exceptions={accounts.data?.flatMap(({ exception, enabled }) => (exception !== null && enabled ? [exception] : [])) ?? []} />
      <ProblemLine error={unlock.error} />
      <ProblemLine error={accounts.error} retry={() => void accounts.refetch()} />
      {(unused.length > 0 || onlyUnused) && (
        <p className="form-hint">
          {words.unusedSome(unused.length)}{' '}
          <Button type="link" onClick={() => setSearch(onlyUnused ? {} : { unused: '' }, { replace: true })}>
            {onlyUnused ? words.unusedAll : words.unusedOnly}
          </Button>
        </p>
      )}
      <section className="card">
        <List rows={onlyUnused ? unused : (accounts.data ?? [])} columns={columns} id={(account) => account.id} none={accounts.data === undefined ? text.panel.loading : words.unusedNone} />
      </section>
      {search.has('new') && (
        <AccountForm
          account={null}
          made={(entry) => {
            make(false)
            setMade(entry)
          }}
          done={() => make(false)}
        />
      )}
      {doing?.kind === 'changing' && <AccountForm account={doing.account} made={setMade} done={done} />}
      {doing?.kind === 'resetting' && (
        <Ask
          title={words.resetTitle(doing.account.name)}
          effect={words.resetEffect}
          confirm={words.reset}
          busy={reset.isPending}
          error={reset.error}
          yes={() =>
            reset.mutate(doing.account.id, {
              onSuccess: (entry) => {
                done()
                setMade(entry)
              },
            })
          }
          no={done}
        />
      )}
      {doing?.kind === 'unfactoring' && (
        <Ask
          title={doing.account.factorLost ? words.releaseFactorTitle(doing.account.name) : words.resetFactorTitle(doing.account.name)}
          effect={doing.account.factorLost ? words.releaseFactorEffect : words.resetFactorEffect}
          confirm={doing.account.factorLost ? words.releaseFactor : words.resetFactor}
          busy={unfactor.isPending}
          error={unfactor.error}
          yes={() => unfactor.mutate(doing.account.id, { onSuccess: done })}
          no={done}
        />
      )}
      {doing?.kind === 'certified' && <Revoke account={accounts.data?.find(({ id }) => id === doing.account.id) ?? doing.account} self={self} done={done} />}
      {doing?.kind === 'disabling' && (
        <Ask
          title={words.disableTitle(doing.account.name)}
          effect={words.disableEffect}
          confirm={words.disable}
          busy={enable.isPending}
          error={enable.error}
          yes={() => enable.mutate({ id: doing.account.id, enabled: false }, { onSuccess: done })}
          no={done}
        />
      )}
      {doing?.kind === 'ending' && (
        <Ask
          title={words.endTitle(doing.account.name)}
          effect={words.endEffect}
          confirm={words.endSessions}
          busy={end.isPending}
          error={end.error}
          yes={() => end.mutate(doing.account.id, { onSuccess: done })}
          no={done}
        />
      )}
      {doing?.kind === 'leaving' && (
        <HandOver
          account={doing.account}
          made={(entry) => {
            done()
            setHanded(entry)
          }}
          done={done}
        />
      )}
      {listing && <HandOvers done={() => setListing(false)} />}
      {handed !== null && (
        <HandOverSheet
          form={formOf(handed)}
          next={text.panel.handOver.next}
          close={() => {
            setMade(handed.made)
            setHanded(null)
          }}
        />
      )}
      {made !== null && <OnceDialog made={made} close={() => setMade(null)} />}
    </PageFrame>
  )
}

/** The form of a hand-over that was just made. */
const formOf = ({ made: { account }, fromName, fromLogin, units, reason, atMs }: HandOverMade): HandOverForm => ({
  toAccount: account.id, fromName, fromLogin, toName: account.name, toLogin: account.login, unitName: account.unitName, roles: account.roles, units, reason, atMs,
})

function Who({ account: { name, unitName } }: { account: AccountEntry }) {
  return (
    <>
      <strong>{name}</strong>
      {unitName !== '' && <small className="account-unit">{unitName}</small>}
    </>
  )
}

function State({ account }: { account: AccountEntry }) {
  const words = useText().panel.accounts
  if (!account.enabled) return <Tag>{words.disabled}</Tag>
  return (
    <div className="account-state">
      {account.locked ? <Tag color="error">{words.locked}</Tag> : account.mustChangePassword ? <Tag color="warning">{words.once}</Tag> : <Tag color="success">{words.enabled}</Tag>}
      {account.factorLost && <Tag color="error">{words.factorLost}</Tag>}
      {account.unused && <Tag color="warning">{words.unused}</Tag>}
      {account.sessions > 0 && <span className="quiet">{words.sessions(account.sessions)}</span>}
    </div>
  )
}
