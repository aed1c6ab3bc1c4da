/** Materials of the mock's meetings. */
import type { MaterialEntry } from '@/api/generated/wire'

const HOUR = 3_600_000

type Answer = (body: unknown, parts: string[]) => unknown

export const MATERIAL_ROUTES: [string, RegExp, Answer][] = [
  ['GET', /^\/api\/meetings\/([^/]+)\/materials$/, (): MaterialEntry[] => [{ id: 'm1', name: '当前汛情和水库蓄水情况通报', bytes: 1_900_000, pages: 12, by: '王秀兰', atMs: Date.now() - 20 * HOUR }]],
]
