import { useEffect, useState, type ReactNode } from 'react'
import { codecName } from '@/lib/format'
import { playable, receivable } from '@/media/codecs'
import { programmePicture } from '@/media/roster'
import type { Viewer, ViewerState } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { stayAwake } from '@/ui/big-screen/awake'
import '@/ui/big-screen/big-screen.css'
import { reason } from '@/ui/big-screen/reason'
import { Slate } from '@/ui/big-screen/Slate'
import { Picture, Sound } from '@/ui/Playback'
import { useStore } from '@/ui/use-store'

const codecs = receivable()

interface Props {
  viewer: Viewer
  /** Loudspeaker; `''` is the system's choice. */
  speaker?: string
  /** What a room's machine shows above the picture. */
  children?: ReactNode
}

/** The main picture and nothing else, for weeks, with nobody at the keyboard; a calm slate with the reason while there is none. */
export function BigScreen({ viewer, speaker = '', children }: Props) {
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
    <main className="screen" onClick={() => setSound('on')} onDoubleClick={toggleFullScreen}>
      <Picture tracks={video === undefined ? [] : [video.track]} muted label={text.screen.title} />
      {audio.map((line) => (
        <Sound key={line.track.id} tracks={[line.track]} speaker={speaker} muted={sound === 'blocked'} blocked={blocked} />
      ))}
      {instead !== null && <Slate title={titleOf(state.meeting) ?? text.productLong} line={instead.line} help={instead.help} skewMs={state.skewMs} />}
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

/** What stands on the slate: the meeting's banner, or its title where it has none. */
const titleOf = (meeting: ViewerState['meeting']): string | null => (meeting === null ? null : meeting.banner === '' ? meeting.title : meeting.banner)

function toggleFullScreen(): void {
  if (document.fullscreenElement === null) void document.documentElement.requestFullscreen().catch(() => undefined)
  else void document.exitFullscreen().catch(() => undefined)
}
