import { useQuery } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { useRef, useState } from 'react'
import type { RecordingDetail } from '@/api/generated/wire'
import { playFile, readRecording, startPlay } from '@/api/panel'
import '@/features/library/player.css'
import { chapterAt, sheet } from '@/features/library/cues'
import { useCues } from '@/features/library/use-cues'
import { clock, duration, moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'
import { useNow } from '@/ui/use-now'

const STEP_S = 10
const SPEEDS = [0.5, 1, 1.25, 1.5, 2]

/** One recording, played: who plays it stands over the picture, and in the book. */
export function Player({ recording, viewer, close }: { recording: string; viewer: string; close: () => void }) {
  const text = useText()
  const words = text.panel.player
  // Each is an entry in the book: asked for once, however often the page draws.
  const play = useQuery({ queryKey: ['play', recording], queryFn: () => startPlay(recording), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false })
  const detail = useQuery({ queryKey: ['recordings', recording], queryFn: () => readRecording(recording), staleTime: Infinity, refetchOnWindowFocus: false })
  const began = detail.data?.beganAtMs ?? null
  const error = play.error ?? detail.error
  const again = () => void Promise.all([play.refetch(), detail.refetch()])
  return (
    <PageFrame title={detail.data?.entry.title ?? words.title} {...(began !== null && { hint: moment(began, text.locale) })} actions={<Button onClick={close}>{words.back}</Button>}>
      <ProblemLine error={error} retry={again} />
      {play.data === undefined || detail.data === undefined || began === null ? (
        error === null && <p className="quiet">{text.panel.loading}</p>
      ) : (
        <Screen play={play.data.play} detail={detail.data} began={began} viewer={viewer} />
      )}
    </PageFrame>
  )
}

function Screen({ play, detail, began, viewer }: { play: string; detail: RecordingDetail; began: number; viewer: string }) {
  const text = useText()
  const words = text.panel.player
  const frame = useRef<HTMLDivElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const [at, setAt] = useState(0)
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState(1)
  const [broken, setBroken] = useState(false)
  const [chapters, chaptersTrack] = useCues()
  const [sprites, spritesTrack] = useCues()
  const length = (detail.entry.lengthMs ?? 0) / 1000
  const file = (kind: string): string | undefined => {
    const found = detail.files.find((one) => one.kind === kind)
    return found && playFile(play, found.name)
  }
  const [poster, chaptersFile, spritesFile] = [file('poster'), file('chapters'), file('sprite_index')]
  const toggle = () => {
    if (video.current?.paused === true) void video.current.play().catch(() => undefined)
    else video.current?.pause()
  }
  const go = (seconds: number) => {
    if (video.current !== null) video.current.currentTime = Math.min(Math.max(0, seconds), length)
  }
  const chapter = chapterAt(chapters, at)
  const fullScreen = () => {
    if (document.fullscreenElement === null) void frame.current?.requestFullscreen().catch(() => undefined)
    else void document.exitFullscreen().catch(() => undefined)
  }
  useShortcuts({
    ' ': toggle,
    ArrowLeft: () => go(at - STEP_S),
    ArrowRight: () => go(at + STEP_S),
    ArrowUp: () => go(chapters[Math.max(0, chapter - 1)]?.from ?? 0),
    ArrowDown: () => go(chapters[chapter + 1]?.from ?? at),
    f: fullScreen,
  })
  const change = (value: number) => {
    setSpeed(value)
    if (video.current !== null) video.current.playbackRate = value
  }
  const wall = (seconds: number) => clock(new Date(began + seconds * 1000))
  return (
    <div className="player">
      <div ref={frame} className="player-frame">
        <div className="player-picture" onClick={toggle}>
          <video
            ref={video}
            src={file('programme')}
            {...(poster !== undefined && { poster })}
            aria-label={words.picture}
            preload="metadata"
            playsInline
            onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
            onSeeked={(event) => setAt(event.currentTarget.currentTime)}
            onPlay={() => setPlaying(true)}
            onPause={() => setPlaying(false)}
            onError={() => setBroken(true)}
          >
            {chaptersFile !== undefined && <track ref={chaptersTrack} kind="metadata" src={chaptersFile} />}
            {spritesFile !== undefined && <track ref={spritesTrack} kind="metadata" src={spritesFile} />}
          </video>
          <Watermark viewer={viewer} />
        </div>
        {broken && <p className="player-broken">{words.broken}</p>}
        <div className="player-controls">
          <Timeline length={length} at={at} go={go} wall={wall} preview={(seconds) => sheet(sprites, seconds)} sheet={file('sprite') ?? ''} />
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
              <small>{words.wall(wall(at))}</small>
            </span>
            <Select aria-label={words.speed} value={speed} onChange={change} options={SPEEDS.map((value) => ({ value, label: words.times(value) }))} getPopupContainer={() => frame.current ?? document.body} />
            <button type="button" onClick={fullScreen}>
              {words.fullScreen}
            </button>
          </div>
        </div>
      </div>
      <aside className="player-side">
        {detail.gaps.length > 0 && (
          <section className="card player-gaps" aria-label={words.gaps}>
            <h2>{words.gaps}</h2>
            <ul>
              {detail.gaps.map((gap) => (
                <li key={gap.fromMs}>{words.gap(clock(new Date(gap.fromMs)), clock(new Date(gap.toMs)))}</li>
              ))}
            </ul>
          </section>
        )}
        <section className="card" aria-label={words.chapters}>
          <h2>{words.chapters}</h2>
          {chapters.length === 0 && <p className="quiet">{words.noChapters}</p>}
          <ol className="player-chapters">
            {chapters.map((one, index) => (
              <li key={one.from}>
                <button type="button" aria-current={index === chapter} onClick={() => go(one.from)}>
                  <span>{wall(one.from)}</span>
                  {one.text}
                </button>
              </li>
            ))}
          </ol>
        </section>
        <p className="quiet">{words.keys}</p>
      </aside>
    </div>
  )
}

interface TimelineProps {
  length: number
  at: number
  go: (seconds: number) => void
  wall: (seconds: number) => string
  preview: (seconds: number) => { x: number; y: number; width: number; height: number } | null
  sheet: string
}

/** Where one is, and what was to be seen where the pointer is. */
function Timeline({ length, at, go, wall, preview, sheet }: TimelineProps) {
  const words = useText().panel.player
  const [over, setOver] = useState<{ seconds: number; x: number; wide: number } | null>(null)
  const small = over === null ? null : preview(over.seconds)
  return (
    <div className="player-timeline">
      {over !== null && (
        <div className="player-preview" style={{ left: Math.min(Math.max(over.x, 80), over.wide - 80) }} aria-hidden="true">
          {small !== null && <div style={{ width: small.width, height: small.height, backgroundImage: `url("${sheet}")`, backgroundPosition: `-${small.x}px -${small.y}px` }} />}
          <span>{wall(over.seconds)}</span>
        </div>
      )}
      <input
        type="range"
        aria-label={words.position}
        aria-valuetext={wall(at)}
        min={0}
        max={length}
        step={0.1}
        value={at}
        onChange={(event) => go(Number(event.target.value))}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect()
          const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))
          setOver({ seconds: share * length, x: event.clientX - box.left, wide: box.width })
        }}
        onPointerLeave={() => setOver(null)}
      />
    </div>
  )
}

const MARKS = 12

/** Who looks, and when: in every photograph of the screen. */
function Watermark({ viewer }: { viewer: string }) {
  const text = useText()
  const now = useNow(0)
  const minute = moment(now.getTime(), text.locale)
  return (
    <div className="player-watermark" aria-hidden="true">
      {Array.from({ length: MARKS }, (_, index) => (
        <span key={index}>
          {viewer} {minute}
        </span>
      ))}
    </div>
  )
}
