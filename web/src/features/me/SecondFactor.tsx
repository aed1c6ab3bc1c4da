import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Input, Modal } from 'antd'
import { useState, type SyntheticEvent } from 'react'
import type { SecondFactorBegun } from '@/api/generated/wire'
import { beginSecondFactor, confirmSecondFactor, secondFactor } from '@/api/panel'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** My second factor: whether my log-in asks for a code, and setting one up. */
export function SecondFactor() {
  const words = useText().panel.secondFactor
  const state = useQuery({ queryKey: ['secondFactor'], queryFn: secondFactor })
  const [setting, setSetting] = useState(false)
  return (
    <section className="card" aria-label={words.title}>
      <h2>{words.title}</h2>
      <ProblemLine error={state.error} retry={() => void state.refetch()} />
      {state.data !== undefined && (
        <>
          <p>{state.data.on ? words.on(state.data.recoveryCodes) : words.off}</p>
          {!state.data.on && <Button onClick={() => setSetting(true)}>{words.begin}</Button>}
        </>
      )}
      {setting && (
        <Modal open title={words.begin} footer={null} onCancel={() => setSetting(false)} mask={{ closable: false }} destroyOnHidden>
          <SetUp done={() => setSetting(false)} />
        </Modal>
      )}
    </section>
  )
}

/** A role asks for a second factor: nothing else works before there is one. */
export function FirstSecondFactor() {
  const words = useText().panel.secondFactor
  return (
    <main className="first-password">
      <section className="card">
        <h1>{words.forced}</h1>
        <p>{words.forcedHint}</p>
        <SetUp done={() => undefined} />
      </section>
    </main>
  )
}

/** Begins, shows what the authenticator has to be told, takes a code, and shows the recovery codes once. */
function SetUp({ done }: { done: () => void }) {
  const text = useText()
  const words = text.panel.secondFactor
  const queries = useQueryClient()
  const [code, setCode] = useState('')
  const begin = useChange(beginSecondFactor, [])
  const confirm = useChange(confirmSecondFactor, [])
  const finished = () => {
    done()
    void queries.invalidateQueries({ queryKey: ['secondFactor'] })
    void queries.invalidateQueries({ queryKey: ['me'] })
  }
  if (confirm.data !== undefined) return <Codes codes={confirm.data.codes} done={finished} />
  if (begin.data === undefined)
    return (
      <>
        <p className="ask-effect">{words.effect}</p>
        <ProblemLine error={begin.error} />
        <Button type="primary" loading={begin.isPending} onClick={() => begin.mutate()}>
          {words.show}
        </Button>
      </>
    )
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    confirm.mutate({ code: code.trim() }, { onError: () => setCode('') })
  }
  return (
    <form onSubmit={submit} noValidate>
      <p>{words.scan}</p>
      <Picture begun={begin.data} label={words.picture} />
      <p>
        {words.type} <code className="factor-secret">{begin.data.secret.replace(/(.{4})(?=.)/gu, '$1 ')}</code>
      </p>
      <label className="factor-code">
        <span>{words.code}</span>
        <Input size="large" value={code} autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={6} onChange={(event) => setCode(event.target.value)} />
      </label>
      <ProblemLine error={confirm.error} />
      <Button type="primary" htmlType="submit" disabled={!/^\s*\d{6}\s*$/u.test(code)} loading={confirm.isPending}>
        {words.confirm}
      </Button>
    </form>
  )
}

/** White around it is part of the picture: four modules on each side. */
const QUIET = 4

function Picture({ begun: { side, path }, label }: { begun: SecondFactorBegun; label: string }) {
  const size = side + 2 * QUIET
  return (
    <svg className="factor-picture" role="img" aria-label={label} viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`} shapeRendering="crispEdges">
      <rect x={-QUIET} y={-QUIET} width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}

function Codes({ codes, done }: { codes: string[]; done: () => void }) {
  const text = useText()
  const words = text.panel.secondFactor
  return (
    <>
      <p className="ask-effect">{words.codesEffect}</p>
      <ol className="factor-codes" aria-label={words.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <Button onClick={() => globalThis.print()}>{text.panel.print}</Button>{' '}
      <Button type="primary" onClick={done}>
        {words.codesKept}
      </Button>
    </>
  )
}
