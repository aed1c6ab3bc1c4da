import { useEffect, useState } from 'react'
import { Slate } from '@/features/screen/Slate'
import { stayAwake } from '@/features/screen/awake'
import { reason } from '@/features/screen/reason'
import '@/features/screen/screen.css'
import { codecName } from '@/lib/format'
import type { PageAddress } from '@/lib/paths'
import { playable, receivable } from '@/media/codecs'
import { programmePicture } from '@/media/roster'
import { Viewer } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { Picture, Sound } from '@/ui/Playback'
import { useStore } from '@/ui/use-store'

const codecs = receivable()

/** The big screen: the main picture and nothing else, for weeks, with nobody at the keyboard. */
export function ScreenPage({ address }: { address: PageAddress | null }) {
  const text = useText()
  if (address === null) return <Slate title={text.productLong} line={text.screen.noMeeting} help={null} skewMs={0} />
  return <Screen address={address} />
}

function Screen({ address }: { address: PageAddress }) {
  const text = useText()
  const [viewer] = useState(
    () => new Viewer({ meeting: address.meeting, token: () => Promise.resolve(address.token), video: 1, audio: 3, insist: true }),
  )
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
        <Sound key={line.track.id} tracks={[line.track]} muted={sound === 'blocked'} blocked={blocked} />
      ))}
      {instead !== null && <Slate title={state.meeting?.title ?? text.productLong} line={instead.line} help={instead.help} skewMs={state.skewMs} />}
      {name !== undefined && (
        <p className="screen-plate" aria-label={text.screen.onAir}>
          {name}
        </p>
      )}
      {sound === 'blocked' && <p className="screen-hint">{text.screen.soundHint}</p>}
    </main>
  )
}

function toggleFullScreen(): void {
  if (document.fullscreenElement === null) void document.documentElement.requestFullscreen().catch(() => undefined)
  else void document.exitFullscreen().catch(() => undefined)
}
