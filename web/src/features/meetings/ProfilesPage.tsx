import { Button } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { removeProfile, scheduleChoices } from '@/api/panel'
import type { ProfileEntry } from '@/api/generated/wire'
import { sayOpening } from '@/features/meetings/opening'
import { ProfileForm } from '@/features/meetings/ProfileForm'
import { Ask } from '@/panel/Ask'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useChange, useProfiles, useVenues } from '@/panel/queries'
import { useText } from '@/text/use-text'
import { List, type Column } from '@/ui/List'

type Doing = { kind: 'making' } | { kind: 'changing' | 'removing'; profile: ProfileEntry } | null

interface Props {
  back: () => void
  /** Plans a meeting with one. */
  use: (profile: ProfileEntry) => void
}

/** Profiles: what meetings of one sort have in common, set up once. */
export function ProfilesPage({ back, use }: Props) {
  const text = useText()
  const words = text.panel.profiles
  const profiles = useProfiles()
  const venues = useVenues()
  const choices = useQuery({ queryKey: ['meetings', 'choices'], queryFn: scheduleChoices })
  const [doing, setDoing] = useState<Doing>(null)
  const remove = useChange(removeProfile, ['profiles'])
  const end = () => setDoing(null)
  const venueName = (id: string) => venues.data?.find((venue) => venue.id === id)?.name ?? id
  const lineName = (id: string) => (choices.data === undefined ? '' : (choices.data.lines.find((line) => line.id === id)?.name ?? words.lineGone))
  const head = words.columns
  const columns: Column<ProfileEntry>[] = [
    {
      title: head.name,
      cell: (row) => (
        <div className="wraps">
          <strong>{row.name}</strong>
          <p className="quiet">{text.panel.meetings.hours(Math.floor(row.minutes / 60), row.minutes % 60)}</p>
        </div>
      ),
    },
    { title: head.kind, cell: (row) => text.panel.meetings.kinds[row.kind] },
    {
      title: head.venues,
      cell: (row) => (
        <div className="wraps">
          {row.venues.length === 0 ? '–' : row.venues.map(venueName).join(text.comma)}
          {row.units.length > 0 && <p className="quiet">{text.panel.schedule.invites(row.units.length)}</p>}
          {row.line !== null && <p className="quiet">{words.byLine(lineName(row.line))}</p>}
        </div>
      ),
    },
    { title: head.opening, cell: (row) => <div className="wraps profile-opening">{sayOpening(row.opening, text.panel.opening)}</div> },
    {
      title: head.actions,
      cell: (row) => (
        <div className="row-actions row-actions-many">
          <Button type="primary" onClick={() => use(row)}>
            {words.use}
          </Button>
          <Button onClick={() => setDoing({ kind: 'changing', profile: row })}>{text.panel.edit}</Button>
          <Button danger onClick={() => setDoing({ kind: 'removing', profile: row })}>
            {words.remove}
          </Button>
        </div>
      ),
    },
  ]
  return (
    <PageFrame
      title={words.title}
      hint={words.hint}
      actions={
        <>
          <Button size="large" onClick={back}>
            {words.back}
          </Button>
          <Button type="primary" size="large" onClick={() => setDoing({ kind: 'making' })}>
            {words.make}
          </Button>
        </>
      }
    >
      <ProblemLine error={profiles.error ?? choices.error} retry={() => void profiles.refetch()} />
      <section className="card">
        <List rows={profiles.data ?? []} columns={columns} id={(row) => row.id} none={profiles.data === undefined ? text.panel.loading : words.none} />
      </section>
      {(doing?.kind === 'making' || doing?.kind === 'changing') && venues.data !== undefined && choices.data !== undefined && (
        <ProfileForm profile={doing.kind === 'changing' ? doing.profile : null} venues={venues.data} choices={choices.data} done={end} />
      )}
      {doing?.kind === 'removing' && (
        <Ask
          title={words.removeTitle(doing.profile.name)}
          effect={words.removeEffect}
          confirm={words.remove}
          busy={remove.isPending}
          error={remove.error}
          yes={() => remove.mutate(doing.profile.id, { onSuccess: end })}
          no={end}
        />
      )}
    </PageFrame>
  )
}
