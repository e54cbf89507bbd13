/**
 * The rules that are about single files: imports, sizes, names, comments. Each gives back what breaks it, one line
 * each.
 */
import { posix } from 'node:path'
import { IMPURE, ONLY, STARTED } from './exceptions.ts'
import { ROOMS } from './rooms.ts'
import { type Import, importsOf, roomOf, type Source } from './sources.ts'

const FILE_LINES = 400
const FUNCTION_LINES = 70
const COLUMNS = 120

const words = (text = ''): string[] => text.split(' ').filter((word) => word !== '')

/** The rooms that a row names, in full. */
function roomsIn(row: string): string[] {
  return words(ROOMS[row]?.rooms).map((name) => nearest(name, row))
}

/** The room of that name in a room, or else in the nearest one around it that has one. */
function nearest(name: string, room: string): string {
  if (Object.hasOwn(ROOMS, `${room}/${name}`)) return `${room}/${name}`
  const end = room.lastIndexOf('/')
  return end === -1 ? name : nearest(name, room.slice(0, end))
}

/** Imports that the table does not allow. */
export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources.flatMap(importsOf).flatMap((one) => (isAllowed(one) ? [] : [`${one.from} imports ${one.specifier}`]))
}

function isAllowed({ from, specifier, file, starts }: Import): boolean {
  const room = ROOMS[roomOf(from) ?? '']
  if (room === undefined) return false
  if (starts) return STARTED[file ?? ''] === from
  if (specifier.startsWith('node:')) return words(room.node).includes(specifier.slice(5))
  const named = file ?? specifier
  const only = ONLY.find(({ what }) => what === named)
  if (
    only !== undefined &&
    roomOf(from) !== roomOf(named) &&
    !only.importedBy.some((who) => from === who || from.startsWith(`${who}/`))
  ) {
    return false
  }
  if (file === undefined) return words(room.packages).includes(specifier)
  return roomOf(file) === roomOf(from) || roomsIn(roomOf(from)!).includes(roomOf(file) ?? '')
}

/** What the table allows and nobody needs: a door in a wall that leads nowhere. */
export function needlessDoors(sources: readonly Source[]): string[] {
  const used = new Map<string, Set<string>>()
  for (const { from, specifier, file } of sources.flatMap(importsOf)) {
    const room = roomOf(from) ?? ''
    used.set(room, (used.get(room) ?? new Set()).add(file === undefined ? specifier : (roomOf(file) ?? '')))
  }
  return Object.entries(ROOMS).flatMap(([room, { node, packages }]) =>
    [...roomsIn(room), ...words(packages), ...words(node).map((module) => `node:${module}`)]
      .filter((door) => used.get(room)?.has(door) !== true)
      .map((door) => `${room} may import ${door}, and does not`),
  )
}

/**
 * The circles in which rooms import each other, `import type` counted; at every depth, for rooms that stand in no
 * circle may do so with those around them: `a/x → b → a/y`.
 */
export function circles(sources: readonly Source[]): string[] {
  const depths = new Set(Object.keys(ROOMS).map((room) => room.split('/').length))
  const found = [...depths].flatMap((depth) =>
    circlesBetween(sources, (file) => roomOf(file)?.split('/').slice(0, depth).join('/')),
  )
  return [...new Set(found)]
}

/**
 * The circles in which files load each other. `import type` counts where it leaves the room: within one, the types of
 * several files may be made of each other.
 */
export function circlesOfFiles(sources: readonly Source[]): string[] {
  const isWithin = ({ from, file, isType }: Import): boolean => isType && roomOf(from) === roomOf(file ?? '')
  return circlesBetween(
    sources,
    (file) => file,
    (one) => !isWithin(one),
  )
}

function circlesBetween(
  sources: readonly Source[],
  placeOf: (file: string) => string | undefined,
  counts: (one: Import) => boolean = () => true,
): string[] {
  const next = new Map<string, Set<string>>()
  for (const { from, file, starts } of sources.flatMap(importsOf).filter(counts)) {
    const [place, other] = [placeOf(from), file === undefined || starts ? undefined : placeOf(file)]
    if (place !== undefined && other !== undefined && place !== other)
      next.set(place, (next.get(place) ?? new Set()).add(other))
  }
  const found = new Set<string>()
  const done = new Set<string>()
  const visit = (place: string, path: readonly string[]): void => {
    if (path.includes(place)) found.add(inCircle(path.slice(path.indexOf(place))))
    else if (!done.has(place)) {
      for (const other of next.get(place) ?? []) visit(other, [...path, place])
      done.add(place)
    }
  }
  for (const place of next.keys()) visit(place, [])
  return [...found]
}

/** Begins with the name that comes first, so that each circle is told once. */
function inCircle(path: readonly string[]): string {
  const first = path.indexOf([...path].sort()[0]!)
  return [...path.slice(first), ...path.slice(0, first), path[first]].join(' → ')
}

const IMPURITIES = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|performance|process|crypto|fetch|require)\b(?!['"]?\s*[?:]:)/,
]

/** Clock, timers, randomness and the process, used where they must come through a port. */
export function impurities(sources: readonly Source[]): string[] {
  const pure = sources.filter(({ path }) => ROOMS[roomOf(path) ?? '']?.pure === true && !IMPURE.includes(path))
  return pure.flatMap(({ path, bare }) =>
    bare
      .split('\n')
      .flatMap((line, index) =>
        IMPURITIES.some((pattern) => pattern.test(line)) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
}

/** Files that are longer than the limit. */
export function longFiles(sources: readonly Source[]): string[] {
  return sources
    .filter(({ text }) => lines(text) > FILE_LINES)
    .map(({ path, text }) => `${path} has ${lines(text)} lines`)
}

/** The middle one of the lengths, in lines. */
export function medianLines(sources: readonly Source[]): number {
  const lengths = sources.map(({ text }) => lines(text)).sort((a, b) => a - b)
  return lengths[Math.floor(lengths.length / 2)] ?? 0
}

/**
 * Comments that are wider than the limit. Of code Biome makes lines that fit; it leaves those that are a long text, a
 * regular expression or a row of a table that must stay in one line, and so does this.
 */
export function wideComments(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => wide(path, text, (line) => /^\s*(?:\*|\/[/*])/.test(line)))
}

/** Prose that is wider than the limit. The rows of a table and what stands in a fenced block cannot be wrapped. */
export function wideProse(path: string, markdown: string): string[] {
  let isFenced = false
  return wide(path, markdown, (line) => {
    if (/^\s*```/.test(line)) isFenced = !isFenced
    return !isFenced && !line.startsWith('|')
  })
}

function wide(path: string, text: string, counts: (line: string) => boolean): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (counts(line) && line.length > COLUMNS ? [`${path}:${index + 1}: ${line.length}`] : []))
}

function lines(text: string): number {
  return text.trimEnd().split('\n').length
}

/** Opens a block that is no function: a class, a type, a literal. */
const NO_FUNCTION = /\b(?:class|interface|type|switch)\b|[=:([,?&|]\s*\{$|\breturn \{$|\b(?:import|export) \{$|^\s*\{$/

/**
 * Functions and methods that are longer than the limit, but for the suites of `spec/contract`, which hold tests. In
 * formatted code a block ends at the indentation at which it began.
 */
export function longFunctions(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, bare }) => {
    if (path.startsWith('spec/contract/')) return []
    const open: { readonly line: number; readonly indent: number }[] = []
    const found: string[] = []
    for (const [index, line] of bare.split('\n').entries()) {
      const indent = line.search(/\S/)
      if (/^\s*\}/.test(line)) {
        while (open.length > 0 && open.at(-1)!.indent > indent) open.pop()
        const start = open.at(-1)?.indent === indent ? open.pop() : undefined
        if (start !== undefined && index - start.line >= FUNCTION_LINES)
          found.push(`${path}:${start.line + 1} has ${index - start.line + 1} lines`)
      }
      if (/\{\s*$/.test(line) && !NO_FUNCTION.test(line)) open.push({ line: index, indent })
    }
    return found
  })
}

/** Reserved names that are written out where they do not belong. */
export function reservedLiterals(sources: readonly Source[], home: string): string[] {
  return sources.flatMap(({ path, code }) =>
    path === home
      ? []
      : [...code.matchAll(/['"`](__(?!proto__)\w*)['"`]/g)].map((match) => `${path} has the reserved name ${match[1]}`),
  )
}

const DECLARATION =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function|class|interface|type|const|let) (?:\w+)/
const NAME = /(?:function|class|interface|type|const|let) (\w+)/

/**
 * Exported declarations without a doc comment. The header of a file speaks for what the file is named for, one comment
 * for a group of constants that stand in a row; what users import (`isPublic`) has a comment of its own, since editors
 * show that one.
 */
export function undocumented(sources: readonly Source[], isPublic: (name: string, path: string) => boolean): string[] {
  return sources.flatMap(({ path, text }) => {
    const all = text.split('\n')
    return all.flatMap((line, index) => {
      if (!DECLARATION.test(line)) return []
      const name = NAME.exec(line)![1]!
      if (/\*\/\s*$/.test(all[index - 1] ?? '') || (/^export const/.test(line) && inRow(all, index))) return []
      if (!isPublic(name, path) && isNamesake(name, path) && text.startsWith('/**')) return []
      return [`${path}:${index + 1}: ${name}`]
    })
  })
}

/** The comment of a row of constants of one line stands over the first of them. */
function inRow(all: readonly string[], index: number): boolean {
  let at = index - 1
  while (/^(?:export )?const .*[^{([]$/.test(all[at] ?? '')) at--
  return at < index - 1 && /\*\/\s*$/.test(all[at] ?? '')
}

/**
 * `Ledger` in ledger.ts, `SimulatedNetwork` in simulated-network.ts: the file's own thing, and what goes with it.
 */
function isNamesake(name: string, path: string): boolean {
  const file = path.split('/').at(-1)!.replace(/\.ts$/, '').replaceAll('-', '')
  const plain = name.toLowerCase()
  return plain.includes(file) || file.includes(plain)
}

const VALUE = /^export (?:abstract )?(?:async )?(?:const|let|function\*?|class) (\w+)/gm
const NAMED = /^(?:import|export)\s+(?:type\s+)?(?:\w+,?\s*)?\{([^}]*)\}\s*from\s+'(\.[^']+)'/gm
const WHOLE = /^(?:import|export)\s+\*[^']*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/gm

/** Exported constants, functions and classes that no other file imports, specifications included. */
export function needlessExports(sources: readonly Source[], others: readonly Source[]): string[] {
  const used = new Set<string>()
  const whole = new Set<string>()
  for (const { path, code } of [...sources, ...others]) {
    const fileOf = (specifier: string): string => posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
    for (const [, names, specifier] of code.matchAll(NAMED)) {
      for (const name of names!.split(','))
        used.add(
          `${fileOf(specifier!)} ${
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0]
          }`,
        )
    }
    for (const [, one, other] of code.matchAll(WHOLE)) whole.add(fileOf((one ?? other)!))
  }
  return sources.flatMap(({ path, code }) =>
    [...code.matchAll(VALUE)]
      .map(([, name]) => `${path} ${name}`)
      .filter((name) => !whole.has(path) && !used.has(name)),
  )
}
