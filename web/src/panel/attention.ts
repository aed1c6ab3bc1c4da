import type { Status } from '@/api/generated/wire'
import { participants } from '@/panel/people'
import type { Text } from '@/text/zh'

/** One thing a technician should look at. */
export interface Attention {
  key: string
  grave: boolean
  line: string
}

const BUSY = 0.85

/** With less left, a meeting of half a day may not fit on the disk any more. */
const DISK_MINUTES = 6 * 60

/** Everything in the status that is not as it should be, the grave first. */
export function attention(status: Status, text: Text['status']): Attention[] {
  const items = text.attentionItems
  const peers = status.meetings.flatMap((meeting) =>
    meeting.peers
      .filter(({ state }) => state === 'quiet' || state === 'silent')
      .map((peer): Attention => ({ key: `peer ${peer.key}`, grave: peer.state === 'silent', line: items.peer(peer.name, text.peerState[peer.state]) })),
  )
  const recordings = status.meetings
    .filter(({ recording }) => recording?.state === 'notWriting' || recording?.state === 'diskFull')
    .map((meeting): Attention => ({ key: `recording ${meeting.id}`, grave: true, line: items.recording(meeting.title, meeting.recording?.state === 'diskFull') }))
  const disks = status.meetings.flatMap(({ recording }) => recording?.diskLastsMinutes ?? [])
  const shortest = Math.min(...disks)
  const disk: Attention[] = shortest < DISK_MINUTES ? [{ key: 'disk', grave: true, line: items.disk(Math.floor(shortest / 60), shortest % 60) }] : []
  const legs = status.legs
    .filter(({ state }) => state === 'waiting' || state === 'refused' || state === 'disabled')
    .map((leg): Attention => ({ key: `leg ${leg.id}`, grave: true, line: items.leg(leg.name, text.legState[leg.state], leg.detail) }))
  const pipelines = status.pipelines
    .filter(({ ok }) => !ok)
    .map((pipeline): Attention => ({ key: `pipeline ${pipeline.file}`, grave: false, line: items.pipeline(pipeline.file, pipeline.reason ?? '') }))
  const mirror: Attention[] = status.mirror === 'kept' ? [] : [{ key: 'mirror', grave: true, line: items.mirror(status.mirror) }]
  const logHost: Attention[] = status.logHostAway ? [{ key: 'log host', grave: false, line: items.logHost }] : []
  const workers = status.workers.filter(({ busy }) => busy > BUSY).map((worker): Attention => ({ key: `worker ${worker.port}`, grave: true, line: items.worker(worker.port) }))
  const shed = status.workers.flatMap((worker): Attention[] => (worker.shed === 'nothing' ? [] : [{ key: `shed ${worker.port}`, grave: !(worker.shed === 'probes' || worker.shed === 'repairs'), line: items.shed(worker.port, worker.shed) }]))
  return [...recordings, ...mirror, ...disk, ...legs, ...workers, ...shed, ...peers, ...pipelines, ...logHost].sort((a, b) => Number(b.grave) - Number(a.grave))
}

/** What an operator must hear of at once: meetings that did not open, links that are down, pictures on air that are away, connections that broke. */
export function alarms(status: Status, text: Text): Attention[] {
  const lost = status.meetings.flatMap((meeting) => {
    const onAir = participants(meeting, null).find((person) => person.onAir)
    const gone = meeting.onAir !== null && onAir?.picture.kind !== 'live'
    return gone ? [{ key: `lost ${meeting.id}`, grave: true, line: text.panel.alarms.lost(meeting.title, onAir?.name ?? text.panel.duty.nobody) }] : []
  })
  const unopened = status.unopened.map(({ id, title, why }): Attention => ({ key: `unopened ${id} ${why.kind}`, grave: true, line: text.panel.unopened(title, text.panel.hindrance(why)) }))
  return [...unopened, ...lost, ...attention(status, text.status).filter((item) => item.grave && !item.key.startsWith('pipeline'))]
}

export interface Totals {
  peers: number
  in: number
  out: number
}

export function totals(status: Status): Totals {
  const peers = status.meetings.flatMap((meeting) => meeting.peers)
  const sum = (of: (peer: (typeof peers)[number]) => number) => peers.reduce((total, peer) => total + of(peer), 0)
  return { peers: peers.length, in: sum((peer) => peer.bpsIn), out: sum((peer) => peer.bpsOut) }
}

/** The last five minutes of total bitrate: seconds since 1970, in and out in bits per second. */
export interface History {
  at: number[]
  in: number[]
  out: number[]
}

const KEPT = 300

export function remember(history: History, atSeconds: number, { in: bpsIn, out }: Totals): History {
  return { at: [...history.at, atSeconds].slice(-KEPT), in: [...history.in, bpsIn].slice(-KEPT), out: [...history.out, out].slice(-KEPT) }
}
