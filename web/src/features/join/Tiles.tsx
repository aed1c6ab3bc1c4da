import type { Desk } from '@/features/join/JoinPage'
import { codecName } from '@/lib/format'
import type { Tile } from '@/media/roster'
import type { Line } from '@/media/viewer'
import { useText } from '@/text/use-text'
import { Icon } from '@/ui/Icon'
import { Picture } from '@/ui/Playback'

interface TileProps {
  label: string
  line: Line | null
  tile?: Tile
  speaking?: boolean
  undecodable?: string | null
  /** Whether all of this page's lines carry others' pictures. */
  full?: boolean
  /** The line doesn't bear this picture beside what matters more. */
  heldBack?: boolean
  enlarge?: (() => void) | undefined
}

/** One picture beside the main one, with its name and what can be said of its microphone. */
export function TileView({ label, line, tile, speaking = false, undecodable = null, full = false, heldBack = false, enlarge }: TileProps) {
  const words = useText().join
  const open = tile?.person.microphone?.live ?? false
  const underWay = (tile?.publication ?? null) !== null
  const why = undecodable !== null ? words.undecodable(codecName(undecodable)) : !underWay ? words.live.camera : heldBack ? words.noBandwidth : full ? words.live.full : words.connecting
  return (
    <figure className={`tile${speaking ? ' tile-speaking' : ''}`} aria-label={label}>
      {line === null ? (
        <div className="tile-empty">
          <Icon name={underWay ? 'camera' : 'camera-off'} size={30} />
          <span>{why}</span>
        </div>
      ) : (
        <Picture tracks={[line.track]} muted label={label} />
      )}
      {enlarge !== undefined && <button type="button" className="tile-enlarge" aria-label={words.enlarge(label)} onClick={enlarge} />}
      <figcaption className="plate">
        {tile?.kind === 'camera' && <MicrophoneMark open={open} />}
        <span className="plate-name">{label}</span>
        {speaking && <span className="plate-speaking">{words.live.speaking}</span>}
      </figcaption>
    </figure>
  )
}

/** What the others see of this desk. */
export function OwnTile({ desk, name, onAir, microphoneOpen }: { desk: Desk; name: string; onAir: boolean; microphoneOpen: boolean }) {
  const words = useText().join
  const { state } = desk.camera
  return (
    <figure className={`tile tile-own${onAir ? ' tile-on-air' : ''}`} aria-label={words.ownPicture}>
      {state.kind === 'open' ? (
        <Picture tracks={[state.track]} muted label={words.ownPicture} className="mirror" />
      ) : (
        <div className="tile-empty">
          <Icon name="camera-off" size={30} />
          <span>{state.kind === 'opening' ? words.opening : state.kind === 'fault' ? words.faults[state.fault] : words.live.camera}</span>
        </div>
      )}
      {onAir && <p className="tally">{words.ownOnAir}</p>}
      <figcaption className="plate">
        <MicrophoneMark open={microphoneOpen} />
        <span className="plate-name">{name === '' ? words.ownPicture : `${words.ownPicture} · ${name}`}</span>
      </figcaption>
    </figure>
  )
}

function MicrophoneMark({ open }: { open: boolean }) {
  const words = useText().join.live
  return (
    <span className={open ? 'mark mark-open' : 'mark'} role="img" aria-label={open ? words.microphone : words.closed} title={open ? words.microphone : words.closed}>
      <Icon name={open ? 'microphone' : 'microphone-off'} size={18} />
    </span>
  )
}
