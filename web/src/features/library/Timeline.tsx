import { useState } from 'react'
import { useText } from '@/text/use-text'

interface Props {
  length: number
  at: number
  go: (seconds: number) => void
  wall: (seconds: number) => string
  preview: (seconds: number) => { x: number; y: number; width: number; height: number } | null
  sheet: string
}

/** Where one is, and what was to be seen where the pointer is. */
export function Timeline({ length, at, go, wall, preview, sheet }: Props) {
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
