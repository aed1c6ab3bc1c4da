// Prints the licence of everything that is inside the program: the crates it is linked from, the packages in its pages
// and the fonts of its papers.
// Reads cargo's registry folder and web/node_modules; asks no network. Fails on a package whose licence it can't tell.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = new URL('../..', import.meta.url).pathname
const target = process.arch === 'arm64' ? 'aarch64-unknown-linux-gnu' : 'x86_64-unknown-linux-gnu'

/** Licence files of a package's folder; some authors keep them one folder deeper. */
function texts(folder) {
  const named = (where) => (existsSync(where) ? readdirSync(where, { withFileTypes: true }) : []).filter((file) => file.isFile() && /^(licen[cs]e|copying|notice|copyright|unlicense)/i.test(file.name)).map((file) => join(where, file.name))
  return [...named(folder), ...named(join(folder, 'LICENSES'))].sort().map((file) => readFileSync(file, 'utf8').replace(/\r\n/g, '\n').trim())
}

/** Crates of the finished program and of its build; not those of tests alone. */
function crates() {
  const list = JSON.parse(execFileSync('cargo', ['metadata', '--offline', '--locked', '--format-version', '1', '--filter-platform', target], { cwd: root, maxBuffer: 1 << 28 }))
  const nodes = new Map(list.resolve.nodes.map((node) => [node.id, node]))
  const seen = new Set()
  const open = [list.resolve.root]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    for (const dependency of nodes.get(id).deps) if (dependency.dep_kinds.some((kind) => kind.kind !== 'dev')) open.push(dependency.pkg)
  }
  return list.packages
    .filter((one) => seen.has(one.id) && one.id !== list.resolve.root)
    .map((one) => ({ kind: 'crate', name: one.name, version: one.version, licence: one.license, authors: one.authors, texts: texts(dirname(one.manifest_path)) }))
}

/** Packages that end up in the built pages. */
function modules() {
  const lock = JSON.parse(readFileSync(join(root, 'web/package-lock.json'), 'utf8'))
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.optional)
    .map(([path]) => {
      const folder = join(root, 'web', path)
      const told = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      const authors = [told.author?.name ?? told.author].filter((author) => typeof author === 'string')
      return { kind: 'npm', name: told.name, version: told.version, licence: told.license, authors, texts: texts(folder) }
    })
}

/** The fonts of papers, which build.rs puts into the program. */
function fonts() {
  const folder = join(root, 'web/node_modules/@expo-google-fonts/noto-serif-sc')
  const told = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { kind: 'font', name: 'Noto Serif SC (400, 700)', version: told.version, licence: told.license, authors: ['Adobe', 'Google'], texts: texts(folder) }
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions
of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS
BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

const order = (one, other) => (one.kind + one.name + one.version < other.kind + other.name + other.version ? -1 : 1)
const packages = [...crates(), ...modules(), fonts()].sort(order)
const unknown = packages.filter((one) => typeof one.licence !== 'string' && one.texts.length === 0)
if (packages.length < 100 || unknown.length > 0) {
  console.error(`no licence known of: ${unknown.map((one) => `${one.name} ${one.version}`).join(', ')} (${packages.length} packages)`)
  process.exit(1)
}

const shared = new Map()
for (const one of packages) {
  for (const text of one.texts) {
    const key = createHash('sha256').update(text).digest('hex')
    if (!shared.has(key)) shared.set(key, { text, number: shared.size + 1 })
    one.numbers = [...(one.numbers ?? []), shared.get(key).number]
  }
}
const lines = [
  '云岭程序中所含第三方软件及其许可证。Third-party software inside Yunling, and its licences.',
  'The texts follow the list, by number. GStreamer and its plugins are not inside: they are packages of the system.',
  'The Rust standard library: MIT OR Apache-2.0, The Rust Project Contributors.',
  '',
]
for (const one of packages) {
  const where = one.numbers === undefined ? `no text in the package; authors: ${one.authors.join(', ') || 'not named'}` : `texts ${one.numbers.join(', ')}`
  lines.push(`${one.kind} ${one.name} ${one.version}: ${one.licence ?? 'see its text'} (${where})`)
}
lines.push('', 'A package without a text of its own is used under Apache-2.0 (the file LICENSE) where it offers that, else under MIT:', '', MIT)
for (const { text, number } of shared.values()) lines.push('', '─'.repeat(100), `text ${number}`, '', text)
console.log(lines.join('\n'))
