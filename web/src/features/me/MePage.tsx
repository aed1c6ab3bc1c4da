import { App, Descriptions } from 'antd'
import type { Me } from '@/api/generated/wire'
import '@/features/me/me.css'
import { Logins } from '@/features/me/Logins'
import { OwnCertificates } from '@/features/me/OwnCertificates'
import { Pin } from '@/features/me/Pin'
import { PasswordForm } from '@/features/me/PasswordForm'
import { SecondFactor } from '@/features/me/SecondFactor'
import { moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { useText } from '@/text/use-text'

type User = Extract<Me, { kind: 'user' }>

/** Who I am here, and my password. */
export function MePage({ user }: { user: User }) {
  const text = useText()
  const words = text.panel.me
  const { message } = App.useApp()
  return (
    <PageFrame title={text.panel.places.me}>
      <section className="card">
        <Descriptions
          column={1}
          items={[
            { key: 'name', label: words.name, children: user.name },
            ...(user.unit === '' ? [] : [{ key: 'unit', label: text.panel.accounts.unit, children: user.unit }]),
            { key: 'login', label: words.login, children: user.login },
            { key: 'roles', label: words.roles, children: user.roles.map((role) => text.panel.roles[role]).join('、') },
          ]}
        />
        <p className="me-last">{user.lastLoginMs === null ? words.firstLogin : words.lastLogin(moment(user.lastLoginMs, text.locale))}</p>
      </section>
      <Pin console={user.console} />
      <SecondFactor />
      <OwnCertificates />
      <Logins />
      <section className="card">
        <h2>{words.change}</h2>
        <PasswordForm rules={user.passwordRules} login={user.login} once={false} done={() => void message.success(words.done)} />
      </section>
    </PageFrame>
  )
}

/** The first log-in: nothing else works before the password is the person's own. */
export function FirstPassword({ user }: { user: User }) {
  const text = useText()
  const words = text.panel.me
  return (
    <main className="first-password">
      <section className="card">
        <h1>{words.forced}</h1>
        <p>
          {words.welcome(user.name)}{text.stop}{words.forcedHint}
        </p>
        <PasswordForm rules={user.passwordRules} login={user.login} once done={() => undefined} />
      </section>
    </main>
  )
}
