/** Where a link comes from: as a line to read, and between the form's fields and the wire. Pure. */
import type { LegSource, RtspTransport } from '@/api/generated/wire'

export type Kind = LegSource['kind']

/** What the form holds: all fields of all kinds; only those of the chosen kind count. */
export interface SourceFields {
  kind: Kind
  url: string
  transport: RtspTransport
  user: string
  password: string
  host: string
  port: number
  streamId: string
  passphrase: string
  latencyMs: number
}

const EMPTY: SourceFields = { kind: 'rtsp', url: '', transport: 'tcp', user: '', password: '', host: '', port: 9000, streamId: '', passphrase: '', latencyMs: 120 }

export function sourceText(source: LegSource): string {
  switch (source.kind) {
    case 'rtsp':
      return source.url
    case 'srtCaller':
      return `${source.host}:${source.port}`
    case 'srtListener':
      return `UDP ${source.port}`
    case 'demo':
      return ''
  }
}

/** Secrets come back empty: they are written, never read. */
export function toFields(source: LegSource | null): SourceFields {
  if (source === null || source.kind === 'demo') return { ...EMPTY, ...(source !== null && { kind: source.kind }) }
  const { ...known } = source
  return { ...EMPTY, ...known, password: '', passphrase: '' }
}

/** `keep`: a secret that is left empty stays as it is. */
export function toSource(fields: SourceFields, keep: boolean): LegSource {
  const secret = (text: string): string | null => (text === '' ? (keep ? null : '') : text)
  switch (fields.kind) {
    case 'rtsp':
      return { kind: 'rtsp', url: fields.url.trim(), transport: fields.transport, user: fields.user.trim(), password: secret(fields.password) }
    case 'srtCaller':
      return { kind: 'srtCaller', host: fields.host.trim(), port: fields.port, streamId: fields.streamId.trim(), passphrase: secret(fields.passphrase), latencyMs: fields.latencyMs }
    case 'srtListener':
      return { kind: 'srtListener', port: fields.port, passphrase: secret(fields.passphrase), latencyMs: fields.latencyMs }
    case 'demo':
      return { kind: 'demo' }
  }
}

/** What is wrong with an RTSP address, before the server is asked. */
export function urlFault(url: string): 'urlWrong' | 'urlSecret' | null {
  if (!/^rtsp:\/\/[^/\s]+/i.test(url.trim())) return 'urlWrong'
  return /^rtsp:\/\/[^/]*@/i.test(url.trim()) ? 'urlSecret' : null
}
