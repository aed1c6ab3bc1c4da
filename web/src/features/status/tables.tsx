import { Table, Tag, type TableColumnsType } from 'antd'
import type { LegStatus, MeetingStatus, PeerStatus, PipelineStatus, PublicationStatus, WorkerStatus } from '@/api/generated/wire'
import { bitrate, codecName, duration, milliseconds, percent } from '@/lib/format'
import { useText } from '@/text/use-text'
import type { Text } from '@/text/zh'

type Words = Text['status']

const STATE_COLOUR = { connecting: 'processing', connected: 'success', quiet: 'warning', silent: 'error', starting: 'processing', running: 'success', waiting: 'error', disabled: 'default' } as const

function List<Row extends object>({ rows, columns, id }: { rows: Row[]; columns: TableColumnsType<Row>; id: (row: Row) => string }) {
  const words = useText().status
  return <Table<Row> size="small" pagination={false} dataSource={rows} columns={columns} rowKey={id} scroll={{ x: 'max-content' }} locale={{ emptyText: words.none }} />
}

const figure = { align: 'right' as const, className: 'figure' }

export function Peers({ meeting }: { meeting: MeetingStatus }) {
  const words = useText().status
  const { columns: head } = words
  const columns: TableColumnsType<PeerStatus> = [
    { title: head.name, dataIndex: 'name', render: (name: string, peer) => <Name name={name} onAir={peer.kind !== 'viewer' && peer.participant === meeting.onAir} words={words} /> },
    { title: head.kind, dataIndex: 'kind', render: (kind: PeerStatus['kind']) => words.peerKind[kind] },
    { title: head.state, dataIndex: 'state', render: (state: PeerStatus['state']) => <Tag color={STATE_COLOUR[state]}>{words.peerState[state]}</Tag> },
    { title: head.in, dataIndex: 'bpsIn', ...figure, render: bitrate },
    { title: head.out, dataIndex: 'bpsOut', ...figure, render: bitrate },
    { title: head.rtt, dataIndex: 'rttMs', ...figure, render: milliseconds },
    { title: head.loss, dataIndex: 'lossOut', ...figure, render: (loss: number | null) => (loss === null ? '–' : percent(loss)) },
    { title: head.requests, key: 'requests', ...figure, render: (_, peer) => `${peer.keyFrameRequests} / ${peer.nacks}` },
    { title: head.security, dataIndex: 'srtpProfile', render: (profile: string | null, peer) => security(words, profile, peer) },
    { title: head.duration, dataIndex: 'ageMs', ...figure, render: (ms: number) => duration(ms / 1000, words.days) },
  ]
  return <List rows={meeting.peers} columns={columns} id={(peer) => peer.key} />
}

function security(words: Words, profile: string | null, peer: PeerStatus): string {
  if (peer.kind === 'leg') return words.plain
  return profile === null ? '–' : `${profile.replace(/^SRTP_(AEAD_)?/, '').replace(/_/g, '-')}${peer.ipv6 ? ' · IPv6' : ''}`
}

function Name({ name, onAir, words }: { name: string; onAir: boolean; words: Words }) {
  return (
    <>
      {name}
      {onAir && <span className="on-air">{words.onAir}</span>}
    </>
  )
}

export function Publications({ meeting }: { meeting: MeetingStatus }) {
  const words = useText().status
  const { columns: head } = words
  const owner = (participant: string) => meeting.peers.find((peer) => peer.participant === participant && peer.kind !== 'viewer')?.name ?? participant
  const columns: TableColumnsType<PublicationStatus> = [
    { title: head.source, dataIndex: 'participant', render: (participant: string, row) => `${owner(participant)} · ${words.role[row.role]}` },
    { title: head.codec, dataIndex: 'codec', render: codecName },
    { title: head.state, dataIndex: 'live', render: (live: boolean) => <Tag color={live ? 'success' : 'default'}>{live ? words.publicationLive : words.publicationAway}</Tag> },
    { title: head.picture, key: 'picture', render: (_, row) => picture(words, row) },
    { title: head.bitrate, dataIndex: 'bps', ...figure, render: bitrate },
    { title: head.jitter, dataIndex: 'jitterMs', ...figure, render: milliseconds },
    { title: head.lost, dataIndex: 'lost', ...figure },
    { title: head.viewers, dataIndex: 'viewers', ...figure },
  ]
  return <List rows={meeting.publications} columns={columns} id={(row) => String(row.id)} />
}

function picture(words: Words, { codec, size, fps, keyFrameAgeMs }: PublicationStatus): string {
  if (codec === 'opus') return '–'
  const parts = [size === null ? null : `${size[0]} × ${size[1]}`, `${fps.toFixed(0)} fps`, keyFrameAgeMs === null ? null : words.keyFrame(`${(keyFrameAgeMs / 1000).toFixed(1)} s`)]
  return parts.filter((part) => part !== null).join(' · ')
}

export function Legs({ legs }: { legs: LegStatus[] }) {
  const words = useText().status
  const { columns: head } = words
  const columns: TableColumnsType<LegStatus> = [
    { title: head.name, dataIndex: 'name' },
    { title: head.meeting, dataIndex: 'meeting' },
    { title: head.state, dataIndex: 'state', render: (state: LegStatus['state']) => <Tag color={STATE_COLOUR[state]}>{words.legState[state]}</Tag> },
    { title: head.restarts, dataIndex: 'restarts', ...figure },
    { title: head.detail, dataIndex: 'detail' },
  ]
  return <List rows={legs} columns={columns} id={(leg) => leg.id} />
}

export function Pipelines({ pipelines }: { pipelines: PipelineStatus[] }) {
  const words = useText().status
  const { columns: head } = words
  const columns: TableColumnsType<PipelineStatus> = [
    { title: head.file, dataIndex: 'file' },
    { title: head.state, dataIndex: 'ok', render: (ok: boolean) => <Tag color={ok ? 'success' : 'error'}>{ok ? words.pipelineOk : words.pipelineBad}</Tag> },
    { title: head.purpose, key: 'purpose', render: (_, row) => (row.ok ? row.purpose : row.reason) },
  ]
  return <List rows={pipelines} columns={columns} id={(row) => row.file} />
}

export function Workers({ workers }: { workers: WorkerStatus[] }) {
  const words = useText().status
  const { columns: head } = words
  const count = (value: number) => value.toLocaleString('en')
  const columns: TableColumnsType<WorkerStatus> = [
    { title: head.port, dataIndex: 'port', render: (port: number) => `UDP ${port}` },
    { title: head.busy, dataIndex: 'busy', ...figure, render: percent },
    { title: head.in, dataIndex: 'datagramsIn', ...figure, render: count },
    { title: head.out, dataIndex: 'datagramsOut', ...figure, render: count },
    { title: head.refused, dataIndex: 'datagramsRefused', ...figure, render: count },
    { title: head.failures, dataIndex: 'sendFailures', ...figure, render: count },
  ]
  return <List rows={workers} columns={columns} id={(worker) => String(worker.port)} />
}
