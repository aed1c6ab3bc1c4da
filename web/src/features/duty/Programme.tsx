import { useEffect, useRef, useState } from 'react'
import type { Steer } from '@/features/duty/use-steer'
import { playable, receivable } from '@/media/codecs'
import { programmePicture } from '@/media/roster'
import { Viewer } from '@/media/viewer'
import { Action, pressByKey } from '@/panel/Action'
import { can } from '@/panel/can'
import { closable, type Participant } from '@/panel/people'
import type { Powers } from '@/panel/places'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'
import { Picture, Sound } from '@/ui/Playback'
import { useStore } from '@/ui/use-store'

interface Props {
  meeting: string
  onAir: string | null
  people: Participant[]
  powers: Powers
  steer: Steer
}

/** What the screens show at this moment, and the two acts that make everything safe. */
export function Programme({ meeting, onAir, people, powers, steer }: Props) {
  const words = useText().panel.duty
  const slateRef = useRef<HTMLButtonElement>(null)
  const closeRef = useRef<HTMLButtonElement>(null)
  const shown = people.find((person) => person.onAir)
  const name = shown === undefined ? (onAir ?? words.nobody) : shown.picture.kind === 'live' ? shown.name : words.away(shown.name)
  const open = closable(people)
  useShortcuts({ F2: () => pressByKey(closeRef.current), F7: () => pressByKey(slateRef.current) })
  return (
    <section className="programme" aria-label={words.programme}>
      <h3>
        {words.programme}
        <strong title={name}>{name}</strong>
      </h3>
      {powers.view ? <Preview meeting={meeting} /> : <p className="preview-frame preview-empty">{words.noView}</p>}
      <Action
        ref={closeRef}
        label={words.closeAll}
        hint={words.closeAllHint(open)}
        icon="microphone-off"
        tone="safe"
        shortcut="F2"
        can={can.closeAll(powers, open)}
        run={steer.closeAll}
        busy={steer.busy}
      />
      <Action ref={slateRef} label={words.toSlate} armedLabel={words.toSlateArmed} shortcut="F7" can={can.slate(powers, onAir)} run={steer.showSlate} busy={steer.busy} />
    </section>
  )
}

const codecs = receivable()
const PREVIEW_PIXELS = 640 * 360

/** The programme as any screen gets it, small, its sound only on demand. */
function Preview({ meeting }: { meeting: string }) {
  const words = useText().panel.duty
  const [viewer] = useState(() => new Viewer({ meeting, token: () => Promise.resolve(null), video: 1, audio: 1, insist: true }))
  const state = useStore(viewer.state)
  const [listening, setListening] = useState(false)
  useEffect(() => () => viewer.close(), [viewer])
  const video = state.lines.find((line) => line.kind === 'video')
  const audio = state.lines.find((line) => line.kind === 'audio')
  const mid = video?.mid ?? null
  useEffect(() => {
    if (mid !== null) viewer.wish([{ mid, want: { kind: 'programme' }, pixelsMax: PREVIEW_PIXELS, priority: 1 }])
  }, [viewer, mid])
  const picture = programmePicture(state.slots, mid, state.publications, state.shown, (codec) => playable(codecs, codec))
  const there = picture.kind === 'live' || picture.kind === 'slate'
  const instead = picture.kind === 'undecodable' ? words.undecodable : picture.kind === 'no-bandwidth' ? words.noBandwidth : !there && state.meeting !== null ? words.waiting : there && state.pictured ? null : words.connecting
  return (
    <div className="preview-frame">
      {video !== undefined && <Picture tracks={[video.track]} muted label={words.preview} />}
      {instead !== null && <p className="preview-empty">{instead}</p>}
      {audio !== undefined && listening && <Sound tracks={[audio.track]} />}
      <button type="button" className="preview-listen" aria-pressed={listening} onClick={() => setListening(!listening)}>
        <Icon name="speaker" size={20} />
        {listening ? words.stopListening : words.listen}
      </button>
    </div>
  )
}
