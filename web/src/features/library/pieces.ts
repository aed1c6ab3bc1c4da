import type { RecordingPiece } from '@/api/generated/wire'

/** Pieces of a running recording, as they are played one after the other. Pure. */

export const endOf = ({ fromMs, lengthMs }: RecordingPiece): number => fromMs + lengthMs

/** Rounding: pieces that touch may be this far apart. */
const TOUCH_MS = 50

/** What is played after a piece: the first that goes on longer. There is none while the next one is still being made. */
export const pieceAfter = (pieces: RecordingPiece[], piece: RecordingPiece): RecordingPiece | null => pieces.find((next) => endOf(next) > endOf(piece) + TOUCH_MS) ?? null

/** The piece in which a moment lies; before the first and behind the last one, the nearest. */
export function pieceAt(pieces: RecordingPiece[], ms: number): RecordingPiece | null {
  return pieces.find((piece) => ms < endOf(piece)) ?? pieces[pieces.length - 1] ?? null
}
