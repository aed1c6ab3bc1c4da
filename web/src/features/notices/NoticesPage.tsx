import { Tag } from 'antd'
import { Link, useSearchParams } from 'wouter'
import type { UnitNotice } from '@/api/generated/wire'
import '@/features/notices/notices.css'
import { OneNotice } from '@/features/notices/OneNotice'
import { useNotices } from '@/features/notices/use-notices'
import { moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { PATHS } from '@/panel/places'
import { ProblemLine } from '@/panel/ProblemLine'
import { useText } from '@/text/use-text'

const COLOUR = { notified: 'red', read: 'orange', confirmed: 'green', changed: 'red' } as const

const keyOf = ({ meeting, unit }: UnitNotice) => `${meeting}/${unit}`

/** What the liaison's units are invited to; one of them open. */
export function NoticesPage() {
  const text = useText()
  const words = text.panel.notices
  const all = useNotices()
  const [search] = useSearchParams()
  const open = all.data?.find((notice) => keyOf(notice) === search.get('open'))
  const ahead = (all.data ?? []).filter(({ hours }) => hours.phase === 'toBe')
  const past = (all.data ?? []).filter(({ hours }) => hours.phase !== 'toBe').reverse()
  if (open !== undefined) {
    return (
      <PageFrame
        title={open.title}
        hint={words.of(open.unitName)}
        actions={
          <Link href={PATHS.notices} className="notice-back">
            {words.back}
          </Link>
        }
      >
        <ProblemLine error={all.error} />
        <OneNotice key={keyOf(open)} notice={open} />
      </PageFrame>
    )
  }
  return (
    <PageFrame title={words.title} hint={words.hint}>
      <ProblemLine error={all.error} retry={() => void all.refetch()} />
      {all.data === undefined && all.error === null && <p className="quiet">{text.panel.loading}</p>}
      {all.data !== undefined && ahead.length === 0 && (
        <section className="card notice-none">
          <h2>{words.none}</h2>
          <p className="quiet">{words.noneHint}</p>
        </section>
      )}
      <Cards list={ahead} />
      {past.length > 0 && (
        <section aria-label={words.past}>
          <h2 className="notice-past">{words.past}</h2>
          <Cards list={past} />
        </section>
      )}
    </PageFrame>
  )
}

function Cards({ list }: { list: UnitNotice[] }) {
  const text = useText()
  const words = text.panel.notices
  return (
    <ul className="notice-cards">
      {list.map((notice) => (
        <li key={keyOf(notice)}>
          <Link href={`${PATHS.notices}?open=${encodeURIComponent(keyOf(notice))}`} className="notice-card">
            <strong>{notice.title}</strong>
            <span>{moment(notice.startsAtMs, text.locale)}</span>
            {notice.venue !== '' && <span>{notice.venue}</span>}
            <span className="notice-card-foot">
              {notice.hours.phase === 'cancelled' ? (
                <Tag>{words.cancelled}</Tag>
              ) : notice.hours.phase === 'over' ? (
                <Tag>{words.over}</Tag>
              ) : (
                <Tag color={COLOUR[notice.receipt.standing]}>{words.state[notice.receipt.standing]}</Tag>
              )}
              <span className="quiet">{[notice.unitName, ...(notice.people.length > 0 ? [words.named(notice.people.length)] : [])].join(' · ')}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
