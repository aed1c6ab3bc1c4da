import { expect, test } from 'vitest'
import { endOf, pieceAfter, pieceAt } from '@/features/library/pieces'

const piece = (fromMs: number, toMs: number) => ({ name: `pieces/${fromMs}.mp4`, fromMs, lengthMs: toMs - fromMs })

test('pieces are played in order, and one that overlaps goes on where the one before ends', () => {
  const pieces = [piece(0, 64_000), piece(64_000, 128_010), piece(70_000, 140_000)]
  const [first, second, third] = pieces as [ReturnType<typeof piece>, ReturnType<typeof piece>, ReturnType<typeof piece>]
  expect([first, second, third].map((one) => pieceAfter(pieces, one))).toEqual([second, third, null])
  expect(pieceAfter([piece(0, 64_020)], first)).toBeNull()
  expect(endOf(third)).toBe(140_000)
})

test('a moment lies in one piece, and what is outside lies in the nearest', () => {
  const pieces = [piece(1000, 64_000), piece(64_000, 128_000)]
  expect([0, 63_999, 64_000, 999_000].map((ms) => pieceAt(pieces, ms)?.fromMs)).toEqual([1000, 1000, 64_000, 64_000])
  expect(pieceAt([], 5)).toBeNull()
})
