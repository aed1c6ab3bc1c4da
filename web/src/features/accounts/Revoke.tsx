import { Button, Modal } from 'antd'
import { useState } from 'react'
import type { AccountEntry, CertificateEntry } from '@/api/generated/wire'
import { revokeCertificate } from '@/api/panel'
import { Certificates } from '@/panel/Certificates'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange } from '@/panel/queries'
import { useText } from '@/text/use-text'

/** Somebody's certificates; what is revoked stays in the list. The second press revokes. */
export function Revoke({ account, self, done }: { account: AccountEntry; self: string; done: () => void }) {
  const text = useText()
  const words = text.panel.certificates
  const [chosen, setChosen] = useState<string | null>(null)
  const revoke = useChange(revokeCertificate, ['accounts'])
  const act = (certificate: CertificateEntry) => (
    <Button danger={chosen !== certificate.id} disabled={chosen === certificate.id} onClick={() => setChosen(certificate.id)}>
      {words.revoke}
    </Button>
  )
  return (
    <Modal open width={860} title={words.of(account.name)} footer={null} onCancel={done} destroyOnHidden>
      <div className="part">
        <Certificates certificates={account.certificates} {...(account.id !== self && { act })} />
      </div>
      {chosen !== null && (
        <div className="revoke-sure" role="group" aria-label={words.revoke}>
          <p className="ask-effect">{words.revokeEffect}</p>
          <ProblemLine error={revoke.error} />
          <Button danger type="primary" autoFocus loading={revoke.isPending} onClick={() => revoke.mutate({ account: account.id, id: chosen }, { onSuccess: () => setChosen(null) })}>
            {words.revoke}
          </Button>{' '}
          <Button onClick={() => setChosen(null)}>{text.panel.cancel}</Button>
        </div>
      )}
    </Modal>
  )
}
