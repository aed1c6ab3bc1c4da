import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { removeLeg, startLeg, stopLeg } from '@/api/panel'
import type { LegEntry } from '@/api/generated/wire'
import { LegForm } from '@/features/legs/LegForm'
import { sourceText } from '@/features/legs/source'
import { Ask } from '@/panel/Ask'
import { can } from '@/panel/can'
import { LegStateLine } from '@/panel/LegStateLine'
import { OffButton } from '@/panel/OffButton'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useLegs, useMeetings } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

type Doing = { kind: 'changing' | 'stopping' | 'removing'; leg: LegEntry } | null

/** Every link that is not WebRTC: where it comes from, how it is, and what to do about it. */
export function LegsPage() {
  const text = useText()
  const words = text.panel.legs
  const legs = useLegs()
  const meetings = useMeetings()
  const [search, setSearch] = useSearchParams()
  const [doing, setDoing] = useState<Doing>(null)
  const start = useChange(startLeg, ['legs'])
  const stop = useChange(stopLeg, ['legs'])
  const remove = useChange(removeLeg, ['legs'])
  const make = (on: boolean) => setSearch(on ? { new: '' } : {}, { replace: true })
  const done = () => setDoing(null)
  const head = words.columns
  const columns: Column<LegEntry>[] = [
    {
      title: head.name,
      cell: (leg) => (
        <div className="wraps">
          <strong>{leg.name}</strong>
        </div>
      ),
    },
    { title: head.state, cell: (leg) => <LegStateLine state={leg.state} sentence={leg.sentence} restarts={leg.restarts} sinceMs={leg.sinceMs} /> },
    {
      title: head.source,
      cell: (leg) => (
        <span className="leg-source">
          {words.short[leg.source.kind]}
          <small>{sourceText(leg.source)}</small>
        </span>
      ),
    },
    { title: head.meeting, cell: (leg) => <div className="wraps">{meetings.data?.find((meeting) => meeting.id === leg.meeting)?.title ?? leg.meeting}</div> },
    {
      title: head.actions,
      cell: (leg) => (
        <div className="row-actions">
          {leg.enabled ? (
            <OffButton can={can.stopLeg(leg)} onClick={() => setDoing({ kind: 'stopping', leg })}>
              {words.stop}
            </OffButton>
          ) : (
            <OffButton type="primary" can={can.startLeg(leg)} onClick={() => start.mutate(leg.id)}>
              {words.start}
            </OffButton>
          )}
          <OffButton can={can.changeLeg(leg)} onClick={() => setDoing({ kind: 'changing', leg })}>
            {text.panel.edit}
          </OffButton>
          <OffButton danger can={can.changeLeg(leg)} onClick={() => setDoing({ kind: 'removing', leg })}>
            {words.remove}
          </OffButton>
        </div>
      ),
    },
  ]
  return (
    <PageFrame
      title={words.title}
      hint={words.hint}
      actions={
        <OffButton type="primary" size="large" can={null} onClick={() => make(true)}>
          {words.make}
        </OffButton>
      }
    >
      <ProblemLine error={legs.error ?? start.error} retry={() => void legs.refetch()} />
      <section className="card">
        <List rows={legs.data ?? []} columns={columns} id={(leg) => leg.id} none={legs.data === undefined ? text.panel.loading : words.none} />
      </section>
      {search.has('new') && meetings.data !== undefined && <LegForm leg={null} meetings={meetings.data} done={() => make(false)} />}
      {doing?.kind === 'changing' && <LegForm leg={doing.leg} meetings={meetings.data ?? []} done={done} />}
      {doing?.kind === 'stopping' && (
        <Ask
          title={words.stopTitle(doing.leg.name)}
          effect={words.stopEffect}
          confirm={words.stop}
          busy={stop.isPending}
          error={stop.error}
          yes={() => stop.mutate(doing.leg.id, { onSuccess: done })}
          no={done}
        />
      )}
      {doing?.kind === 'removing' && (
        <Ask
          title={words.removeTitle(doing.leg.name)}
          effect={words.removeEffect}
          confirm={words.remove}
          busy={remove.isPending}
          error={remove.error}
          yes={() => remove.mutate(doing.leg.id, { onSuccess: done })}
          no={done}
        />
      )}
    </PageFrame>
  )
}
