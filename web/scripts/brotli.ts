import { promises as files } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { Plugin } from 'vite'

const compress = promisify(brotliCompress)

/** Writes `name.br` beside each script and style sheet, so that the server never compresses. Pages stay plain: their nonce changes. */
export function brotli(): Plugin {
  return {
    name: 'brotli',
    apply: 'build',
    async writeBundle(options, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css|svg)$/.test(name))
      await Promise.all(
        names.map(async (name) => {
          const path = join(options.dir ?? 'dist', name)
          const packed = await compress(await files.readFile(path), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
          await files.writeFile(`${path}.br`, packed)
        }),
      )
    },
  }
}
