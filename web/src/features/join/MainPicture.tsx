import { codecName } from '@/lib/format'
import type { Picture as Shown, Tile } from '@/media/roster'
import type { Line, ViewerState } from '@/media/viewer'
import { useText } from '@/text/use-text'
import type { Text } from '@/text/zh'
import { Picture } from '@/ui/Playback'

interface Props {
  view: ViewerState
  picture: Shown
  /** What stands here instead of the programme, because somebody clicked on it or shares content. */
  enlarged: Tile | null
  video: Line | null
  back: () => void
}

/** The large picture, its name plate, and one sentence where there is no picture. Its sound plays elsewhere. */
export function MainPicture({ view, picture, enlarged, video, back }: Props) {
  const words = useText().join
  const instead = sentence(words, view, picture, enlarged)
  const name = enlarged !== null ? label(words, enlarged) : picture.kind === 'live' ? picture.publication?.name : undefined
  return (
    <>
      {video !== null && <Picture tracks={[video.track]} muted label={words.programme} />}
      {instead !== null && (
        <div className="main-instead" role="status">
          <h1>{view.meeting?.title}</h1>
          <p>{instead}</p>
        </div>
      )}
      {name !== undefined && instead === null && (
        <p className="plate plate-main">
          <span>{name}</span>
        </p>
      )}
      {enlarged !== null && (
        <button type="button" className="button button-quiet main-back" onClick={back}>
          {words.backToProgramme}
        </button>
      )}
    </>
  )
}

const label = (words: Text['join'], tile: Tile): string => (tile.kind === 'content' ? words.content(tile.person.name) : tile.person.name)

function sentence(words: Text['join'], view: ViewerState, picture: Shown, enlarged: Tile | null): string | null {
  switch (view.phase.kind) {
    case 'joining':
      return view.meeting === null ? words.connecting : words.reconnecting
    case 'waiting':
    case 'ended':
      return view.meeting === null && view.problem === null ? words.connecting : words.reconnecting
    case 'live':
    case 'repairing':
  }
  if (enlarged !== null) return null
  switch (picture.kind) {
    case 'undecodable':
      return words.undecodable(codecName(picture.codec))
    case 'no-bandwidth':
      return words.noBandwidth
    case 'nothing':
      return view.meeting === null || !view.connected ? words.connecting : words.noProgramme
    case 'slate':
      return view.onAir === null ? words.noProgramme : words.slate
    case 'live':
      return view.pictured ? null : words.connecting
  }
}
