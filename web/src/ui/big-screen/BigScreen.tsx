import { useEffect, useState, type ReactNode } from 'react'
import { clock, codecName, day } from '@/lib/format'
import { playable, receivable } from '@/media/codecs'
import { programmePicture } from '@/media/roster'
import type { Viewer } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { stayAwake } from '@/ui/big-screen/awake'
import '@/ui/big-screen/big-screen.css'
import { Figures, type Counted } from '@/ui/big-screen/Figures'
import { reason } from '@/ui/big-screen/reason'
import { Slate } from '@/ui/big-screen/Slate'
import { Countdown } from '@/ui/Countdown'
import { Picture, Sound } from '@/ui/Playback'
import { useStore } from '@/ui/use-store'

const codecs = receivable()

interface ToCome {
  title: string
  banner: string
  startsAtMs: number
  counted: Counted
}

interface Props {
  viewer: Viewer
  /** Loudspeaker; `''` is the system's choice. */
  speaker?: string
  /** The meeting, while it is still to begin. */
  before?: ToCome | null
  /** Whether something stands in the lower right corner, where the clock would be. */
  cornered?: boolean
  /** What a machine shows above the picture. */
  children?: ReactNode
}

/** The main picture and nothing else, for weeks, with nobody at the keyboard; a calm slate with the reason while there is none. */
export function BigScreen({ viewer, speaker = '', before = null, cornered = false, children }: Props) {
  const text = useText()
  const state = useStore(viewer.state)
  const [sound, setSound] = useState<'on' | 'blocked'>('on')
  useEffect(() => stayAwake(), [])
  useEffect(() => {
    if (state.meeting !== null) document.title = `${state.meeting.title} · ${text.screen.title}`
  }, [state.meeting, text])

  const video = state.lines.find((line) => line.kind === 'video')
  const audio = state.lines.filter((line) => line.kind === 'audio')
  // Sound has elements of its own: Firefox plays nothing of an element whose picture never comes.
  const picture = programmePicture(state.slots, video?.mid ?? null, state.publications, state.shown, (codec) => playable(codecs, codec))
  const instead = reason(text.screen, state, picture, codecName)
  const name = instead === null && picture.kind === 'live' ? picture.publication?.name : undefined
  const blocked = () => setSound('blocked')

  return (
    <main className={cornered ? 'screen screen-cornered' : 'screen'} onClick={() => setSound('on')} onDoubleClick={toggleFullScreen}>
      <Picture tracks={video === undefined ? [] : [video.track]} muted label={text.screen.title} />
      {audio.map((line) => (
        <Sound key={line.track.id} tracks={[line.track]} speaker={speaker} muted={sound === 'blocked'} blocked={blocked} />
      ))}
      {instead !== null && before !== null && <BeforeIt meeting={before} skewMs={state.skewMs} />}
      {instead !== null && before === null && <Slate title={titleOf(state.meeting) ?? text.productLong} line={instead.line} help={instead.help} skewMs={state.skewMs} />}
      {name !== undefined && (
        <p className="screen-plate" aria-label={text.screen.onAir}>
          {name}
        </p>
      )}
      {sound === 'blocked' && <p className="screen-hint">{text.screen.soundHint}</p>}
      {children}
    </main>
  )
}

/** A meeting that is still to begin: what it is, when, and how long until then. */
function BeforeIt({ meeting, skewMs }: { meeting: ToCome; skewMs: number }) {
  const text = useText()
  const starts = new Date(meeting.startsAtMs)
  return (
    <Slate title={titleOf(meeting) ?? meeting.title} line={text.screen.begins(day(starts, text.locale), clock(starts).slice(0, 5))} help={meeting.banner === '' ? null : meeting.title} skewMs={skewMs}>
      <Countdown startsAtMs={meeting.startsAtMs} />
      <Figures counted={meeting.counted} />
    </Slate>
  )
}

/** What stands on the slate: the meeting's banner, or its title where it has none. */
const titleOf = (meeting: Pick<ToCome, 'title' | 'banner'> | null): string | null => (meeting === null ? null : meeting.banner === '' ? meeting.title : meeting.banner)

function toggleFullScreen(): void {
  if (document.fullscreenElement === null) void document.documentElement.requestFullscreen().catch(() => undefined)
  else void document.exitFullscreen().catch(() => undefined)
}
