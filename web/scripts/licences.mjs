// Checks the licence of every package that ends up in the built pages against a list of permissive ones. Works offline.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ALLOWED = new Set(['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'Unlicense', 'CC0-1.0'])
const root = new URL('..', import.meta.url).pathname
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))

/** `A OR B` needs one allowed, `A AND B` all. */
const allowed = (licence) =>
  licence.replace(/[()]/g, '').split(/\s+OR\s+/).some((choice) => choice.split(/\s+AND\s+/).every((one) => ALLOWED.has(one.trim())))

const faults = []
let checked = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '' || entry.dev || entry.optional) continue
  const file = join(root, path, 'package.json')
  if (!existsSync(file)) {
    faults.push(`${path}: not installed`)
    continue
  }
  const licence = JSON.parse(readFileSync(file, 'utf8')).license
  checked += 1
  if (typeof licence !== 'string' || !allowed(licence)) faults.push(`${path}: ${String(licence)}`)
}
for (const [path, entry] of Object.entries(lock.packages)) {
  if (entry.resolved) faults.push(`${path}: the lock file names an address`)
}
if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exit(1)
}
console.log(`licences: ${checked} packages in the pages, all permissive; the lock file names no address`)
