import { Tag } from 'antd'
import type { ReactNode } from 'react'
import type { DelayStatus, LegStatus, MeetingStatus, PeerStatus, PipelineStatus, PublicationStatus, WorkerStatus } from '@/api/generated/wire'
import { bitrate, codecName, duration, milliseconds, percent } from '@/lib/format'
import { verdict, type Verdict } from '@/panel/verdict'
import { useText } from '@/text/use-text'
import type { Text } from '@/text/zh'
import { List, type Column } from '@/ui/List'

type Words = Text['status']

const COLOUR = { connecting: 'processing', connected: 'success', quiet: 'warning', silent: 'error', stopped: 'default', idle: 'default', starting: 'processing', running: 'success', waiting: 'error', refused: 'error', disabled: 'default' } as const

const secondsSince = (atMs: number): number => (Date.now() - atMs) / 1000

const figure = <Row,>(title: string, cell: (row: Row) => ReactNode): Column<Row> => ({ title, cell, figure: true })

export function Peers({ meeting }: { meeting: MeetingStatus }) {
  const words = useText().status
  const head = words.columns
  const columns: Column<PeerStatus>[] = [
    { title: head.name, cell: (peer) => <Name name={peer.name} onAir={peer.kind !== 'viewer' && peer.participant === meeting.onAir} words={words} /> },
    { title: head.kind, cell: (peer) => words.peerKind[peer.kind] },
    { title: head.state, cell: (peer) => <Tag color={COLOUR[peer.state]}>{words.peerState[peer.state]}</Tag> },
    { title: head.verdict, cell: (peer) => <VerdictLine of={verdict(peer, meeting.publications)} words={words} /> },
    figure(head.in, (peer) => bitrate(peer.bpsIn)),
    figure(head.out, (peer) => bitrate(peer.bpsOut)),
    figure(head.rtt, (peer) => milliseconds(peer.rttMs)),
    figure(head.loss, (peer) => (peer.lossOut === null ? '–' : percent(peer.lossOut))),
    figure(head.bearable, (peer) => (peer.bearableBps === null ? '–' : `${bitrate(peer.bearableBps)} / ${milliseconds(peer.queueingMs)}`)),
    figure(head.freezes, (peer) => frozen(peer)),
    figure(head.requests, (peer) => `${peer.keyFrameRequests} / ${peer.nacks}`),
    { title: head.security, cell: (peer) => security(words, peer) },
    figure(head.duration, (peer) => duration(peer.ageMs / 1000, words.days)),
  ]
  return <List rows={meeting.peers} columns={columns} id={(peer) => peer.key} none={words.none} />
}

function VerdictLine({ of, words }: { of: Verdict; words: Words }) {
  return <span className={of.attention ? 'verdict-line verdict-line-attention' : 'verdict-line'}>{words.verdict(of)}</span>
}

/** How often pictures froze on their way through the relay, and how long in all. */
function frozen({ kind, slots }: PeerStatus): string {
  if (kind !== 'viewer') return '–'
  const total = (of: (slot: PeerStatus['slots'][number]) => number) => slots.reduce((sum, slot) => sum + of(slot), 0)
  const count = total((slot) => slot.freezes)
  return count === 0 ? '0' : `${count} / ${(total((slot) => slot.frozenMs) / 1000).toFixed(1)} s`
}

function security(words: Words, { kind, srtpProfile, ipv6 }: PeerStatus): string {
  if (kind === 'leg') return words.plain
  return srtpProfile === null ? '–' : `${srtpProfile.replace(/^SRTP_(AEAD_)?/, '').replace(/_/g, '-')}${ipv6 ? ' · IPv6' : ''}`
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
  const head = words.columns
  const owner = (participant: string) => meeting.peers.find((peer) => peer.participant === participant && peer.kind !== 'viewer')?.name ?? participant
  const columns: Column<PublicationStatus>[] = [
    { title: head.source, cell: (row) => `${owner(row.participant)} · ${words.role[row.role]}` },
    { title: head.codec, cell: (row) => codecName(row.codec) },
    { title: head.state, cell: (row) => <Tag color={row.live ? 'success' : 'default'}>{row.live ? words.publicationLive : words.publicationAway}</Tag> },
    { title: head.picture, cell: (row) => picture(words, row) },
    figure(head.bitrate, (row) => bitrate(row.bps)),
    figure(head.jitter, (row) => milliseconds(row.jitterMs)),
    figure(head.lost, (row) => row.lost),
    figure(head.repaired, (row) => row.repaired),
    figure(head.keyFrames, (row) => (row.codec === 'opus' ? '–' : <KeyFrames of={row.keyFrameRequests} words={words} />)),
    figure(head.delay, ({ delay }) => quantiles(delay)),
    figure(head.viewers, (row) => row.viewers),
  ]
  return <List rows={meeting.publications} columns={columns} id={(row) => String(row.id)} none={words.none} />
}

function KeyFrames({ of, words }: { of: PublicationStatus['keyFrameRequests']; words: Words }) {
  const total = of.viewer + of.beginning + of.overflow + of.loss + of.recording
  return <span title={words.keyFrameReasons(of)}>{total}</span>
}

const quantiles = ({ p50Ms, p99Ms }: DelayStatus): string => (p50Ms === null || p99Ms === null ? '–' : `≤ ${brief(p50Ms)} / ${brief(p99Ms)} ms`)

const brief = (ms: number): string => (ms < 10 ? String(Number(ms.toFixed(2))) : ms.toFixed(0))

function picture(words: Words, { codec, size, fps, keyFrameAgeMs }: PublicationStatus): string {
  if (codec === 'opus') return '–'
  const parts = [size === null ? null : `${size[0]} × ${size[1]}`, `${fps.toFixed(0)} fps`, keyFrameAgeMs === null ? null : words.keyFrame(`${(keyFrameAgeMs / 1000).toFixed(1)} s`)]
  return parts.filter((part) => part !== null).join(' · ')
}

export function Legs({ legs, meetings }: { legs: LegStatus[]; meetings: MeetingStatus[] }) {
  const words = useText().status
  const head = words.columns
  const columns: Column<LegStatus>[] = [
    { title: head.name, cell: (leg) => leg.name },
    { title: head.meeting, cell: (leg) => meetings.find(({ id }) => id === leg.meeting)?.title ?? leg.meeting },
    { title: head.state, cell: (leg) => <Tag color={COLOUR[leg.state]}>{words.legState[leg.state]}</Tag> },
    { title: head.picture, cell: ({ picture }) => (picture === null ? '–' : `${picture.width} × ${picture.height} · ${picture.fps.toFixed(0)} fps · ${bitrate(picture.kbps * 1000)}`) },
    figure(head.duration, (leg) => (leg.sinceMs === null ? '–' : duration(secondsSince(leg.sinceMs), words.days))),
    figure(head.restarts, (leg) => leg.restarts),
    { title: head.detail, cell: (leg) => leg.detail },
  ]
  return <List rows={legs} columns={columns} id={(leg) => leg.id} none={words.none} />
}

export function Pipelines({ pipelines }: { pipelines: PipelineStatus[] }) {
  const words = useText().status
  const head = words.columns
  const columns: Column<PipelineStatus>[] = [
    { title: head.file, cell: (row) => row.file },
    { title: head.state, cell: (row) => <Tag color={row.ok ? 'success' : 'error'}>{row.ok ? words.pipelineOk : words.pipelineBad}</Tag> },
    { title: head.purpose, cell: (row) => (row.ok ? row.purpose : row.reason) },
  ]
  return <List rows={pipelines} columns={columns} id={(row) => row.file} none={words.none} />
}

export function Workers({ workers }: { workers: WorkerStatus[] }) {
  const words = useText().status
  const head = words.columns
  const count = (value: number) => value.toLocaleString('en')
  const columns: Column<WorkerStatus>[] = [
    { title: head.port, cell: (worker) => `UDP ${worker.port}` },
    figure(head.busy, (worker) => percent(worker.busy)),
    figure(head.delay, (worker) => quantiles(worker.delay)),
    figure(head.in, (worker) => count(worker.datagramsIn)),
    figure(head.out, (worker) => count(worker.datagramsOut)),
    figure(head.refused, (worker) => count(worker.datagramsRefused)),
    figure(head.failures, (worker) => count(worker.sendFailures)),
  ]
  return <List rows={workers} columns={columns} id={(worker) => String(worker.port)} none={words.none} />
}
