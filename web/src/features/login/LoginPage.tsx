import { useQueryClient } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { useEffect, useState, type SyntheticEvent } from 'react'
import type { Me } from '@/api/generated/wire'
import { logIn } from '@/api/panel'
import { ProblemError } from '@/api/problem'
import '@/features/login/login.css'
import { moment } from '@/lib/format'
import { ProblemLine } from '@/panel/ProblemLine'
import { becomes, useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { LanguageSwitch } from '@/ui/LanguageSwitch'

/** What the server says of a log-in whose password was right. */
const SECOND_STEP = ['login.code_needed', 'login.code_wrong']

/** Whether only the second step is to be done again: by a code, also where a certificate would have done. */
const isSecondStep = (error: Error): boolean =>
  error instanceof ProblemError && error.problem.kind === 'refused' && (SECOND_STEP.includes(error.problem.code) || error.problem.fields.some(({ field }) => field === 'code'))

interface Props {
  demo: boolean
  /** The newer log-in of the same account that ended this page's; `null` if there is none. */
  elsewhere: Extract<Me, { kind: 'elsewhere' }> | null
}

/** Who are you? Also says why the page was logged out, where a machine is paired, and what a demonstration offers without a log-in. */
export function LoginPage({ demo, elsewhere }: Props) {
  const text = useText()
  const words = text.panel.login
  const queries = useQueryClient()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [asked, setAsked] = useState(false)
  const [missing, setMissing] = useState(false)
  const enter = useChange(logIn, [])
  useEffect(() => {
    document.title = `${words.title} · ${text.product}`
  }, [words, text])
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    const empty = login.trim() === '' || password === ''
    setMissing(empty)
    if (empty) return
    enter.mutate(
      { login: login.trim(), password, ...(asked && code.trim() !== '' && { code: code.trim() }) },
      {
        onSuccess: (me) => becomes(queries, me),
        onError: (error) => {
          setCode('')
          // The password was right: only the second step is to be done again.
          setAsked(isSecondStep(error))
          if (!isSecondStep(error)) setPassword('')
        },
      },
    )
  }
  return (
    <main className="login">
      <div className="login-language">
        <LanguageSwitch className="login-switch" />
      </div>
      <section className="login-box">
        <header>
          <h1>{text.productLong}</h1>
          <p>{text.panel.unclassified}</p>
        </header>
        {elsewhere !== null && (
          <p className="login-elsewhere" role="alert">
            {words.elsewhere(moment(elsewhere.atMs, text.locale), elsewhere.address)}
          </p>
        )}
        <form onSubmit={submit} noValidate>
          <label>
            <span>{words.name}</span>
            <Input size="large" value={login} autoFocus autoComplete="username" maxLength={64} onChange={(event) => setLogin(event.target.value)} />
          </label>
          <label>
            <span>{words.password}</span>
            <Input.Password size="large" value={password} autoComplete="current-password" maxLength={256} onChange={(event) => setPassword(event.target.value)} />
          </label>
          {asked && (
            <label>
              <span>{words.code}</span>
              <Input size="large" value={code} autoFocus autoComplete="one-time-code" maxLength={32} onChange={(event) => setCode(event.target.value)} />
            </label>
          )}
          {missing && (
            <p className="login-missing" role="alert">
              {words.missing}
            </p>
          )}
          <ProblemLine error={enter.error} />
          <Button type="primary" htmlType="submit" size="large" block loading={enter.isPending}>
            {enter.isPending ? words.busy : words.submit}
          </Button>
        </form>
        <p className="login-help">{words.help}</p>
        <a href="/pair">{words.pair}</a>
      </section>
      {demo && (
        <section className="login-demo" aria-label={words.demo}>
          <strong>{words.demo}</strong>
          <span>{words.demoHint}</span>
          <a href="/screen/demo">{words.demoScreen}</a>
          <a href="/join/demo">{words.demoJoin}</a>
          <a href="/status">{words.demoStatus}</a>
        </section>
      )}
    </main>
  )
}
