import { useQuery } from '@tanstack/react-query'
import { Button, Select } from 'antd'
import { useRef, useState } from 'react'
import type { RecordingDetail, RecordingPart } from '@/api/generated/wire'
import { playFile, readRecording, startPlay } from '@/api/panel'
import '@/features/library/player.css'
import { AskSignOff } from '@/features/library/AskSignOff'
import { chapterAt, chaptersOf, sheet } from '@/features/library/cues'
import { Purpose } from '@/features/library/Purpose'
import { RunningPlayer } from '@/features/library/RunningPlayer'
import { Side } from '@/features/library/Side'
import { Timeline } from '@/features/library/Timeline'
import { useCues } from '@/features/library/use-cues'
import { Watermark } from '@/features/library/Watermark'
import { clock, duration, moment } from '@/lib/format'
import { PageFrame } from '@/panel/PageFrame'
import { ProblemLine } from '@/panel/ProblemLine'
import { useShortcuts } from '@/panel/shortcuts'
import { useText } from '@/text/use-text'

const STEP_S = 10
const SPEEDS = [0.5, 1, 1.25, 1.5, 2]

/** How often a recording that still runs is looked at for more. */
const MORE_MS = 5000

const isFinished = (detail: RecordingDetail | undefined): boolean => detail?.files.some((file) => file.kind === 'programme') === true

interface Props {
  recording: string
  /** Who looks, as it stands over the picture. */
  viewer: string
  /** Whether they may add marks. */
  keeps: boolean
  /** Whether they may ask for a release, and lock. */
  clerk: boolean
  /** Whether they sign. */
  close: () => void
}

/** One recording, played: what for is asked first; who plays it stands over the picture, and both in the book. */
export function Player({ recording, close, ...reader }: Props) {
  const text = useText()
  const words = text.panel.player
  const [purpose, setPurpose] = useState<string | null>(null)
  // Each is an entry in the book: asked for once, however often the page draws.
  const play = useQuery({ queryKey: ['play', recording, purpose], queryFn: () => startPlay(recording, purpose ?? ''), enabled: purpose !== null, staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false })
  const detail = useQuery({ queryKey: ['recordings', recording], queryFn: () => readRecording(recording), staleTime: Infinity, refetchOnWindowFocus: false, refetchInterval: (query) => (isFinished(query.state.data) ? false : MORE_MS) })
  const began = detail.data?.beganAtMs ?? null
  const error = play.error ?? detail.error
  const again = () => void Promise.all([...(purpose === null ? [] : [play.refetch()]), detail.refetch()])
  const title = detail.data?.entry.title ?? words.title
  return (
    <PageFrame title={title} {...(began !== null && { hint: moment(began, text.locale) })} actions={<Button onClick={close}>{words.back}</Button>}>
      <ProblemLine error={error} retry={again} />
      {play.data === undefined || detail.data === undefined || began === null ? (
        error === null && <p className="quiet">{text.panel.loading}</p>
      ) : !isFinished(detail.data) ? (
        <RunningPlayer play={play.data.play} pieces={detail.data.pieces} began={began}>
          <Watermark viewer={reader.viewer} />
        </RunningPlayer>
      ) : (
        <Screen play={play.data.play} detail={detail.data} began={began} {...reader} />
      )}
      {purpose === null && detail.data !== undefined && <Purpose title={title} play={setPurpose} cancel={close} />}
    </PageFrame>
  )
}

type ScreenProps = Pick<Props, 'viewer' | 'keeps' | 'clerk'> & { play: string; detail: RecordingDetail; began: number }

function Screen({ play, detail, began, viewer, ...reader }: ScreenProps) {
  const text = useText()
  const words = text.panel.player
  const frame = useRef<HTMLDivElement>(null)
  const video = useRef<HTMLVideoElement>(null)
  const [at, setAt] = useState(0)
  const [playing, setPlaying] = useState(false)
  const [speed, setSpeed] = useState(1)
  const [broken, setBroken] = useState(false)
  const [asking, setAsking] = useState<RecordingPart | null>(null)
  const [cues, chaptersTrack] = useCues()
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
  const chapters = chaptersOf(cues, detail.marks, began)
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
      <Side detail={detail} began={began} at={at} chapters={chapters} chapter={chapter} go={go} wall={wall} ask={setAsking} {...reader} />
      {asking !== null && <AskSignOff recording={detail.entry} part={asking} done={() => setAsking(null)} />}
    </div>
  )
}
