import { useRef, useState, type ReactNode } from 'react'
import type { RecordingPiece } from '@/api/generated/wire'
import { playFile } from '@/api/panel'
import '@/features/library/player.css'
import { endOf, pieceAfter, pieceAt } from '@/features/library/pieces'
import { clock, duration } from '@/lib/format'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'

const STEP_S = 10

interface Props {
  play: string
  /** What can be played so far; more each minute while the meeting runs. */
  pieces: RecordingPiece[]
  began: number
  /** What stands over the picture. */
  children: ReactNode
}

/** A recording that still runs, or is being finished: its finished pieces, one film after the other. */
export function RunningPlayer({ play, pieces, began, children }: Props) {
  const text = useText()
  const words = text.panel.player
  const video = useRef<HTMLVideoElement>(null)
  // Where the next film is begun, seconds, and whether it plays by itself.
  const begin = useRef({ at: 0, plays: false })
  const [piece, setPiece] = useState<RecordingPiece | null>(pieces[0] ?? null)
  const [within, setWithin] = useState(0)
  const [playing, setPlaying] = useState(false)
  const [ended, setEnded] = useState(false)
  const [broken, setBroken] = useState(false)
  const last = pieces[pieces.length - 1]
  const length = (last === undefined ? 0 : endOf(last)) / 1000
  const at = (piece?.fromMs ?? 0) / 1000 + within
  const show = (next: RecordingPiece, seconds: number, plays: boolean) => {
    begin.current = { at: seconds, plays }
    setEnded(false)
    setWithin(seconds)
    setPiece(next)
  }
  // It goes on by itself once the next piece is there.
  const next = piece === null ? (pieces[0] ?? null) : pieceAfter(pieces, piece)
  if (next !== null && (ended || piece === null)) {
    setEnded(false)
    setWithin(0)
    setPiece(next)
  }
  const go = (seconds: number) => {
    const found = pieceAt(pieces, seconds * 1000)
    if (found === null || video.current === null) return
    const inside = Math.max(0, Math.min(seconds, length) - found.fromMs / 1000)
    if (found.name === piece?.name) video.current.currentTime = inside
    else show(found, inside, playing)
  }
  const toggle = () => {
    if (video.current?.paused === true) void video.current.play().catch(() => undefined)
    else video.current?.pause()
  }
  useShortcuts({ ' ': toggle, ArrowLeft: () => go(at - STEP_S), ArrowRight: () => go(at + STEP_S) })
  const wall = clock(new Date(began + at * 1000))
  return (
    <div className="player-frame">
      <div className="player-picture" onClick={toggle}>
        <video
          ref={video}
          {...(piece !== null && { src: playFile(play, piece.name) })}
          aria-label={words.picture}
          preload="auto"
          playsInline
          onLoadedMetadata={(event) => {
            event.currentTarget.currentTime = begin.current.at
            if (begin.current.plays) void event.currentTarget.play().catch(() => undefined)
            begin.current = { at: 0, plays: begin.current.plays }
          }}
          onTimeUpdate={(event) => setWithin(event.currentTarget.currentTime)}
          onPlay={() => {
            begin.current = { at: 0, plays: true }
            setPlaying(true)
          }}
          onPause={(event) => {
            // The end of one film is none of the recording.
            if (event.currentTarget.ended) return
            begin.current = { at: 0, plays: false }
            setPlaying(false)
          }}
          onEnded={() => setEnded(true)}
          onError={() => setBroken(true)}
        />
        {children}
      </div>
      {broken && <p className="player-broken">{words.broken}</p>}
      <div className="player-controls">
        <div className="player-timeline">
          <input type="range" aria-label={words.position} aria-valuetext={wall} min={0} max={length} step={0.1} value={at} onChange={(event) => go(Number(event.target.value))} />
        </div>
        <div className="player-buttons">
          <button type="button" onClick={toggle}>
            {playing ? words.pause : words.play}
          </button>
          <button type="button" onClick={() => go(at - STEP_S)}>
            {words.backward}
          </button>
          <button type="button" onClick={() => go(at + STEP_S)}>
            {words.forward}
          </button>
          <span className="player-time">
            {duration(at, text.status.days)} / {duration(length, text.status.days)}
            <small>{words.wall(wall)}</small>
          </span>
          <span className="player-running">{ended ? words.waitsForMore : words.soFar(clock(new Date(began + length * 1000)))}</span>
        </div>
      </div>
    </div>
  )
}
