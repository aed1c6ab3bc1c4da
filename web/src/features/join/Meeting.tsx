import { useEffect, useMemo, useRef, useState } from 'react'
import { Bar } from '@/features/join/Bar'
import type { Desk, Leaving } from '@/features/join/JoinPage'
import { MainPicture } from '@/features/join/MainPicture'
import { Notice } from '@/features/join/Notice'
import { OwnTile, TileView } from '@/features/join/Tiles'
import { useMeeting } from '@/features/join/use-meeting'
import { usePixels } from '@/features/join/use-pixels'
import type { Codec } from '@/api/generated/wire'
import { playable, receivable } from '@/media/codecs'
import { assign, people, programmePicture, tiles, wishes, type Tile } from '@/media/roster'
import type { TokenSource } from '@/media/session'
import { useText } from '@/text/use-text'
import { Sound } from '@/ui/Playback'
import { problemText } from '@/text/problem'

interface Props {
  meeting: string
  token: TokenSource
  name: string
  speaker: string
  /** `null`: only watches. */
  desk: Desk | null
  leave: (why: Leaving) => void
}

const codecs = receivable()
const canPlay = (codec: Codec) => playable(codecs, codec)

/** The meeting as a desk sees it: the main picture, the others beside it, and a bar whose buttons say what they do. */
export function Meeting({ meeting, token, name, speaker, desk, leave }: Props) {
  const text = useText()
  const handle = useMeeting(meeting, token, desk)
  const { view, viewer } = handle
  const [focus, setFocus] = useState<string | null>(null)
  const [blocked, setBlocked] = useState(false)
  const mainRef = useRef<HTMLDivElement>(null)
  const stripRef = useRef<HTMLDivElement>(null)
  const pixels = { programme: usePixels(mainRef), tile: usePixels(stripRef) }

  const video = useMemo(() => view.lines.filter((line) => line.kind === 'video'), [view.lines])
  const audio = useMemo(() => view.lines.filter((line) => line.kind === 'audio'), [view.lines])
  const [programme, ...side] = video
  const everybody = people(view.publications)
  const shown = tiles(everybody, view.participant)
  const self = everybody.find((person) => person.participant === view.participant)

  const mids = side.map((line) => line.mid)
  const before = new Map(view.slots.flatMap((slot) => ('publication' in slot.content ? [[slot.mid, slot.content.publication] as const] : [])))
  const heldBack = view.slots.flatMap(({ content }) => (content.show === 'no-bandwidth' ? [content.publication] : []))
  const wanted = shown.flatMap((tile) => (tile.publication === null || !canPlay(tile.publication.codec) ? [] : [tile.publication.id]))
  const wish = JSON.stringify(wishes(programme?.mid ?? null, mids, assign(wanted, mids, before), pixels))
  useEffect(() => viewer.wish(JSON.parse(wish) as ReturnType<typeof wishes>), [viewer, wish])

  /** The line that carries a tile's picture now: the relay's word, not our wish. */
  const isHeldBack = (tile: Tile) => tile.publication !== null && heldBack.includes(tile.publication.id)
  const lineOf = (tile: Tile) => side.find((line) => tile.publication !== null && !isHeldBack(tile) && before.get(line.mid) === tile.publication.id) ?? null
  const enlarged = shown.find((tile) => tile.key === focus || (focus === null && tile.kind === 'content' && lineOf(tile) !== null)) ?? null
  const picture = programmePicture(view.slots, programme?.mid ?? null, view.publications, view.shown, canPlay)

  const { phase } = view
  useEffect(() => {
    if (phase.kind === 'ended' && phase.why === 'closed') leave('ended')
    if (phase.kind === 'ended' && phase.why === 'removed') leave('removed')
  }, [phase, leave])
  if (phase.kind === 'ended' && phase.why === 'refused') {
    const { line, code } = problemText(text.problem, view.problem)
    return <Notice title={text.join.refused} detail={<>{line}<br />{text.join.refusedHelp(code)}</>} action={{ label: text.join.again, run: () => leave('left') }} />
  }
  const speaking = (tile: Tile) => tile.person.microphone !== null && view.speaking.includes(tile.person.microphone.id)
  return (
    <main className="meeting">
      <div className="meeting-stage">
        <div ref={mainRef} className="main-picture">
          <MainPicture
            view={view}
            picture={picture}
            enlarged={enlarged}
            video={enlarged === null ? (programme ?? null) : lineOf(enlarged)}
            back={() => setFocus('programme')}
          />
        </div>
        <aside className="strip" aria-label={text.join.others}>
          <div ref={stripRef} className="strip-measure" />
          {desk !== null && <OwnTile desk={desk} name={name} onAir={self?.onAir ?? false} microphoneOpen={handle.microphone.open} />}
          {enlarged !== null && programme !== undefined && (
            <TileView label={text.join.programme} line={programme} enlarge={() => setFocus('programme')} />
          )}
          {shown
            .filter((tile) => tile !== enlarged)
            .map((tile) => (
              <TileView
                key={tile.key}
                label={tile.kind === 'content' ? text.join.content(tile.person.name) : tile.person.name}
                line={lineOf(tile)}
                tile={tile}
                speaking={speaking(tile)}
                undecodable={tile.publication !== null && !canPlay(tile.publication.codec) ? tile.publication.codec : null}
                full={tile.publication !== null && wanted.indexOf(tile.publication.id) >= mids.length}
                heldBack={isHeldBack(tile)}
                enlarge={lineOf(tile) === null ? undefined : () => setFocus(tile.key)}
              />
            ))}
          {shown.length === 0 && <p className="strip-empty">{text.join.nobody}</p>}
        </aside>
      </div>
      {audio.map((line) => (
        <Sound key={line.track.id} tracks={[line.track]} speaker={speaker} muted={blocked} blocked={() => setBlocked(true)} />
      ))}
      {blocked && (
        <button type="button" className="sound-blocked" onClick={() => setBlocked(false)}>
          {text.join.soundBlocked}
        </button>
      )}
      <Bar handle={handle} desk={desk} leave={() => leave('left')} />
    </main>
  )
}
