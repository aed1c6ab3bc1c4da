import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { History } from '@/panel/attention'
import { bitrate, clock } from '@/lib/format'
import { useText } from '@/text/use-text'

const HEIGHT = 132

/** The last five minutes of what comes in and goes out. */
export function Chart({ history }: { history: History }) {
  const words = useText().status
  const placeRef = useRef<HTMLDivElement>(null)
  const chartRef = useRef<uPlot | null>(null)
  useEffect(() => {
    const place = placeRef.current
    if (place === null) return
    const axis = { stroke: '#5b6b7d', grid: { stroke: '#e7ecf2', width: 1 }, ticks: { show: false }, font: '12px sans-serif' }
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 28, 0, 0],
        scales: { x: { time: true, range: (_, __, max) => [max - 300, max] }, y: { range: (_, __, max) => [0, Math.max(1e5, max * 1.15)] } },
        axes: [
          { ...axis, values: (_, at) => at.map((second) => clock(new Date(second * 1000)).slice(0, 5)), space: 120 },
          { ...axis, values: (_, rates) => rates.map((rate) => bitrate(rate)), size: 78, space: 30 },
        ],
        series: [{}, { stroke: '#1d5fa8', width: 2 }, { stroke: '#23804a', width: 2, dash: [6, 4] }],
      },
      [[], [], []],
      place,
    )
    chartRef.current = chart
    const resize = () => chart.setSize({ width: place.clientWidth, height: HEIGHT })
    globalThis.addEventListener('resize', resize)
    return () => {
      globalThis.removeEventListener('resize', resize)
      chartRef.current = null
      chart.destroy()
    }
  }, [])
  useEffect(() => chartRef.current?.setData([history.at, history.out, history.in]), [history])
  return (
    <section className="chart" aria-label={words.bitrate}>
      <p className="chart-key">
        <strong>{words.bitrate}</strong>
        <span className="key-out">{words.summary.out}</span>
        <span className="key-in">{words.summary.in}</span>
      </p>
      <div ref={placeRef} />
    </section>
  )
}
