import { expect, test } from 'vitest'
import type { Phase } from '@/media/reconnect'
import { roomMicrophone, type Facts } from './microphone'

const live: Phase = { kind: 'live' }
const facts: Facts = { present: true, closedHere: false, heard: true, viewing: live, sending: live }

test.each<[Partial<Facts>, string]>([
  [{}, 'open'],
  [{ heard: false }, 'closed'],
  [{ heard: null }, 'unknown'],
  [{ closedHere: true }, 'closed-here'],
  [{ present: false }, 'none'],
  [{ viewing: { kind: 'waiting', attempt: 1 } }, 'unknown'],
  [{ sending: { kind: 'repairing' } }, 'unknown'],
  [{ heard: false, closedHere: true }, 'closed-here'],
])('%o is %s', (change, expected) => expect(roomMicrophone({ ...facts, ...change })).toBe(expected))
