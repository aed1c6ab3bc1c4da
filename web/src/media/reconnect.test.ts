import { expect, test } from 'vitest'
import { next, retryDelayMs, type Event, type Phase } from './reconnect'

const page = { insist: false, chance: 0.5 }
const screen = { insist: true, chance: 0.5 }

/** Runs events from a live session; answers the phase and all effects. */
function run(events: Event[], options = page, from: Phase = { kind: 'live' }) {
  const effects: string[] = []
  let phase = from
  for (const event of events) {
    const step = next(phase, event, options)
    phase = step.phase
    effects.push(...step.effects.map((effect) => (effect.type === 'wait' ? `wait ${effect.ms}` : effect.type)))
  }
  return { phase, effects }
}

const failed: Event = { type: 'join-failed', passing: true }
const due: Event = { type: 'retry-due' }

test('the first try after a loss comes at once, then 1, 2, 2, 3, 5 seconds for ever', () => {
  const { effects } = run([{ type: 'lost' }, due, failed, due, failed, due, failed, due, failed, due, failed, due, failed], screen)
  expect(effects.filter((effect) => effect.startsWith('wait'))).toEqual(['wait 250', 'wait 1000', 'wait 2000', 'wait 2000', 'wait 3000', 'wait 5000', 'wait 5000'])
})

test('a relay that is back is found within six seconds, whatever the chance', () => {
  for (const chance of [0, 0.5, 1]) for (let attempt = 0; attempt < 50; attempt += 1) expect(retryDelayMs(attempt, chance)).toBeLessThanOrEqual(6000)
})

test('a doubtful path is repaired first and keeps the session', () => {
  expect(run([{ type: 'path-doubtful' }, { type: 'repaired' }])).toEqual({ phase: { kind: 'live' }, effects: ['repair'] })
})

test('a repair that fails drops the session once and joins again', () => {
  expect(run([{ type: 'path-doubtful' }, { type: 'lost' }, { type: 'lost' }, due]).effects).toEqual(['repair', 'drop', 'wait 250', 'join'])
})

test('a page stops at a refusal, a screen comes back', () => {
  const refused: Event = { type: 'join-failed', passing: false }
  expect(run([refused], page, { kind: 'joining', attempt: 0 }).phase).toEqual({ kind: 'ended', why: 'refused' })
  expect(run([refused], screen, { kind: 'joining', attempt: 0 }).effects).toEqual(['wait 5000'])
})

test('the end of a meeting ends a page and lets a screen wait for the next', () => {
  expect(run([{ type: 'closed' }]).phase).toEqual({ kind: 'ended', why: 'closed' })
  expect(run([{ type: 'closed' }], screen).effects).toEqual(['drop', 'wait 5000'])
})

test('who was removed comes back only by hand, a screen after a minute', () => {
  expect(run([{ type: 'removed' }, due]).phase).toEqual({ kind: 'ended', why: 'removed' })
  expect(run([{ type: 'removed' }], screen).effects).toEqual(['drop', 'wait 60000'])
})

test('hurry shortens a wait and does nothing else', () => {
  expect(run([{ type: 'lost' }, { type: 'hurry' }, { type: 'hurry' }]).effects).toEqual(['drop', 'wait 250', 'join'])
  expect(run([{ type: 'hurry' }]).effects).toEqual([])
})

test('nothing brings back a session that was left', () => {
  expect(run([{ type: 'leave' }, due, { type: 'hurry' }, { type: 'joined' }, { type: 'lost' }])).toEqual({ phase: { kind: 'ended', why: 'left' }, effects: ['drop'] })
})
