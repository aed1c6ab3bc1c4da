import { Tag } from 'antd'
import type { ReactNode } from 'react'
import type { CertificateEntry } from '@/api/generated/wire'
import { certificateState } from '@/lib/certificate'
import { moment } from '@/lib/format'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'
import { useNow } from '@/ui/use-now'

interface Props {
  certificates: CertificateEntry[]
  /** The one this browser has shown. */
  shown?: string | null
  /** What may be done with one that is not revoked. */
  act?: (certificate: CertificateEntry) => ReactNode
}

/** An account's certificates: what they are called, until when they are good, and how they stand. */
export function Certificates({ certificates, shown = null, act }: Props) {
  const text = useText()
  const words = text.panel.certificates
  const now = useNow(0).getTime()
  const state = (certificate: CertificateEntry) => {
    const stands = certificateState(certificate, now)
    switch (stands) {
      case 'revoked':
        return <Tag>{words.revoked(moment(certificate.revokedAtMs ?? 0, text.locale))}</Tag>
      case 'expired':
        return <Tag color="error">{words.expired}</Tag>
      case 'soon':
        return <Tag color="warning">{words.soon}</Tag>
      case 'good':
        return <Tag color="success">{words.good}</Tag>
    }
  }
  const columns: Column<CertificateEntry>[] = [
    {
      title: words.columns.subject,
      cell: (certificate) => (
        <>
          <strong>{certificateName(certificate)}</strong>
          <small className="certificate-serial">{certificate.serial}</small>
          <small className="certificate-serial">{words.made(moment(certificate.madeAtMs, text.locale), certificate.madeBy)}</small>
        </>
      ),
    },
    { title: words.columns.until, cell: (certificate) => moment(certificate.notAfterMs, text.locale) },
    {
      title: words.columns.state,
      cell: (certificate) => (
        <>
          {state(certificate)}
          {certificate.id === shown && <Tag color="blue">{words.here}</Tag>}
        </>
      ),
    },
    ...(act === undefined ? [] : [{ title: words.columns.actions, cell: (certificate: CertificateEntry) => (certificate.revokedAtMs === null ? act(certificate) : null) }]),
  ]
  return <List rows={certificates} columns={columns} id={(certificate) => certificate.id} none={words.none} />
}

/** `wang 王秀兰` of `CN=wang 王秀兰, O=…`. */
const certificateName = ({ subject }: CertificateEntry): string => /CN=([^,]+)/u.exec(subject)?.[1] ?? subject
