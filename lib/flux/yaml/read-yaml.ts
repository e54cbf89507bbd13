/**
 * The text of a YAML file → values with their places, with variables put in, aliases and merge keys (`<<`) resolved.
 * All syntax errors are reported, not only the first.
 */
import type { Report } from '../../annex/definition-report.ts'
import { type Place, textOf, type YamlEntry, type YamlScalar, type YamlValue } from '../../annex/yaml-value.ts'
import { messageOf } from '../../errors/typhoon-error.ts'
import { literal } from '../../util/literal.ts'
import { parseFlow } from './flow.ts'
import { misfitNear } from './indentation.ts'
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
} from './library.ts'
import { mask, substitute, unmask } from './substitute.ts'
import type { Variables } from './variables.ts'

const MERGE_KEY = '<<'

/** How much the aliases of a file may repeat, in values; and how deep maps and lists may stand within each other. */
const MOST_REPEATED = 100_000
const DEEPEST = 100
const TOO_DEEP = `maps and lists are more than ${DEEPEST} deep`
/** What variables may put into a file, in characters. */
const MOST_SUBSTITUTED = 16_777_216
/** The most characters of a line that a problem shows. */
const LONGEST_SOURCE = 300

const INTEGER = /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$/

/** `undefined` where the text is not YAML, which was reported then. */
export function readYaml(text: string, file: string, variables: Variables, report: Report): YamlValue | undefined {
  const reader = new Reader(text.replace(/^\uFEFF/, ''), file, variables, report)
  return reader.read()
}

/** How many values it holds at any depth, itself and repeated ones included; and how deep they are. */
interface Extent {
  readonly size: number
  readonly height: number
}

const FLAT: Extent = { size: 1, height: 0 }

/** The file would take more work, or more memory, than its size allows. */
class TooMuch extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

class Reader {
  readonly #text: string
  readonly #file: string
  /** The lines, for carets. */
  readonly #sources: readonly string[]
  readonly #lineCounter = new LineCounter()
  readonly #variables: Variables
  readonly #report: Report
  /**
   * The last value of each anchor so far. An alias is the value of its anchor, the same object; `undefined` while that
   * is being made.
   */
  readonly #anchors = new Map<string, YamlValue | undefined>()
  readonly #extents = new Map<YamlValue, Extent>()
  /** Values that aliases have repeated, and characters that variables have put in. */
  #repeated = 0
  #substituted = 0
  #document!: Document

  constructor(text: string, file: string, variables: Variables, report: Report) {
    this.#text = text
    this.#file = file
    this.#sources = text.split(/\r?\n/).map((line) => line.slice(0, LONGEST_SOURCE))
    this.#variables = variables
    this.#report = report
  }

  read(): YamlValue | undefined {
    const before = this.#report.count('YAML_SYNTAX')
    try {
      this.#document = parseDocument(mask(this.#text), {
        lineCounter: this.#lineCounter,
        prettyErrors: false,
        merge: true,
        // The library looks for each key through all keys before it; #entries does not.
        uniqueKeys: false,
      })
      this.#syntaxErrors()
      for (const { message, pos } of this.#document.warnings) this.#report.warn(unmask(message), this.#place(pos[0]))
      const value = this.#value(this.#document.contents, 0)
      return this.#report.count('YAML_SYNTAX') > before ? undefined : value
    } catch (error) {
      if (this.#report.count('YAML_SYNTAX') === before)
        this.#syntaxError(messageOf(error), error instanceof TooMuch ? error.offset : 0)
      return undefined
    }
  }

  #value(node: Node | null, offset: number): YamlValue {
    if (node === null) return { kind: 'scalar', value: null, place: this.#place(offset) }
    if (isAlias(node)) return this.#alias(node)
    const { anchor } = node as { anchor?: string }
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    const value = this.#make(node)
    this.#measure(value, startOf(node))
    if (anchor !== undefined) this.#anchors.set(anchor, value)
    return value
  }

  #measure(value: YamlValue, offset: number): void {
    let { size, height } = FLAT
    for (const part of partsOf(value)) {
      const extent = this.#extents.get(part) ?? FLAT
      size += extent.size
      height = Math.max(height, extent.height + 1)
    }
    if (height > DEEPEST) throw new TooMuch(TOO_DEEP, offset)
    if (value.kind !== 'scalar') this.#extents.set(value, { size, height })
  }

  #make(node: Node): YamlValue {
    const place = this.#place(startOf(node))
    if (isScalar(node)) return this.#scalar(node, place)
    if (isSeq(node))
      return { kind: 'list', place, items: node.items.map((item) => this.#value(item as Node | null, startOf(node))) }
    if (isMap(node))
      return { kind: 'map', place, entries: this.#entries(node.items as Pair<Node, Node | null>[], startOf(node)) }
    return { kind: 'scalar', value: null, place }
  }

  #alias(alias: Alias): YamlValue {
    const { source } = alias
    const target = this.#anchors.get(source)
    if (target === undefined) {
      const isOpen = this.#anchors.has(source)
      return this.#unusable(
        isOpen ? 'an alias stands within its own anchor' : `no anchor "&${source}" stands before this alias`,
        alias,
      )
    }
    this.#repeated += (this.#extents.get(target) ?? FLAT).size
    if (this.#repeated > MOST_REPEATED)
      throw new TooMuch(`the aliases up to this one repeat more than ${MOST_REPEATED} values`, startOf(alias))
    return target
  }

  #unusable(message: string, node: Node): YamlScalar {
    this.#syntaxError(message, startOf(node))
    return { kind: 'scalar', value: null, place: this.#place(startOf(node)), unknown: true }
  }

  #entries(pairs: readonly Pair<Node, Node | null>[], offset: number): Map<string, YamlEntry> {
    const entries = new Map<string, YamlEntry>()
    const merged: YamlValue[] = []
    for (const pair of pairs) {
      const key = this.#value(pair.key, offset)
      const value = this.#value(pair.value, startOf(pair.key))
      if (key.kind !== 'scalar') this.#report.add('YAML_SHAPE', 'a key must be a text', key.place)
      else if (isMergeKey(pair.key)) merged.push(value)
      else {
        const name = textOf(key) ?? key.written ?? String(key.value)
        if (entries.has(name)) this.#syntaxError('map keys must be unique', startOf(pair.key))
        else entries.set(name, { key: key.place, value })
      }
    }
    for (const source of merged.flatMap((value) => (value.kind === 'list' ? value.items : [value]))) {
      if (source.kind !== 'map')
        this.#report.add('YAML_SYNTAX', `"${MERGE_KEY}" takes a map, or a list of maps`, source.place)
      else for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry)
    }
    return entries
  }

  #scalar(node: Scalar, place: Place): YamlValue {
    const isPlain = node.type === Scalar.PLAIN && node.tag === undefined
    const written = isPlain ? node.source : node.value
    if (typeof written !== 'string' || !unmask(written).includes('${')) return asWritten(node, place)
    const { text, changed, missing } = substitute(unmask(written), this.#variables.lookup)
    for (const one of missing) {
      const at = this.#report.isFull ? place : this.#place(this.#find(one.name, node))
      this.#report.add('UNKNOWN_VARIABLE', one.message, at, () => this.#variables.hint(one))
    }
    if (missing.length > 0) return { kind: 'scalar', value: null, place, unknown: true }
    this.#substituted += text.length
    if (this.#substituted > MOST_SUBSTITUTED)
      throw new TooMuch(`variables put more than ${MOST_SUBSTITUTED} characters into the file`, startOf(node))
    return isPlain && changed ? this.#resolve(text, place) : { kind: 'scalar', value: text, place }
  }

  /** An unquoted text gets its type anew once the variables are in: a list or map; a number, true, null; or a text. */
  #resolve(text: string, place: Place): YamlValue {
    const parts = parseFlow(text)
    if (parts !== undefined) return this.#located(parts, place)
    const typed = this.#typed(text)
    if (typed === text) return { kind: 'scalar', value: text, place }
    const isSame = text === '' || String(typed) === text
    return { kind: 'scalar', value: isSame ? typed : text, place, made: { text, typed } }
  }

  /** What YAML takes an unquoted text for. */
  #typed(text: string): unknown {
    for (const tag of this.#document.schema?.tags ?? []) {
      if (tag.collection !== undefined || tag.default !== true || tag.test?.test(text) !== true) continue
      const resolved = tag.resolve(text, () => {}, {})
      return exact(isScalar(resolved) ? resolved.value : resolved, text)
    }
    return text
  }

  /** JSON as values that all stand at one place. */
  #located(json: unknown, place: Place): YamlValue {
    const value = this.#locatedParts(json, place)
    this.#measure(value, this.#lineCounter.lineStarts[place.line - 1]! + place.column - 1)
    return value
  }

  #locatedParts(json: unknown, place: Place): YamlValue {
    if (Array.isArray(json)) return { kind: 'list', place, items: json.map((item) => this.#located(item, place)) }
    if (typeof json !== 'object' || json === null) return { kind: 'scalar', value: json, place }
    const entries = Object.entries(json).map(
      ([key, value]) => [key, { key: place, value: this.#located(value, place) }] as const,
    )
    return { kind: 'map', place, entries: new Map(entries) }
  }

  /** Where a variable stands in the file, within the scalar that uses it. */
  #find(variable: string, node: Node): number {
    const [start, end] = node.range as [number, number, number]
    const at = this.#text.slice(start, end).search(new RegExp(`\\$\\{\\s*${literal(variable)}`))
    return at < 0 ? start : start + at
  }

  /** A line that is indented wrongly is one problem, whatever the library makes of it and of the lines beside it. */
  #syntaxErrors(): void {
    const { errors } = this.#document
    const lines = errors.map(({ pos }) => this.#lineCounter.linePos(pos[0]).line)
    const misfit = lines.length === 0 ? undefined : misfitNear(this.#sources, lines[0]!)
    if (misfit !== undefined)
      this.#syntaxError(misfit.message, this.#lineCounter.lineStarts[misfit.line - 1]! + misfit.indentation)
    for (const [index, { code, message, pos }] of errors.entries()) {
      if (misfit !== undefined && lines[index]! <= misfit.line + 1) continue
      this.#syntaxError(code === 'RESOURCE_EXHAUSTION' ? TOO_DEEP : message, pos[0])
    }
  }

  #syntaxError(message: string, offset: number): void {
    const text = unmask(message)
    this.#report.add('YAML_SYNTAX', text.charAt(0).toLowerCase() + text.slice(1), this.#place(offset))
  }

  #place(offset: number): Place {
    const { line, col } = this.#lineCounter.linePos(offset)
    return {
      file: this.#file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      source: this.#sources[line - 1] ?? '',
    }
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0
}

function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.source === MERGE_KEY
}

function partsOf(value: YamlValue): readonly YamlValue[] {
  if (value.kind === 'scalar') return []
  return value.kind === 'list' ? value.items : [...value.entries.values()].map((entry) => entry.value)
}

function asWritten(node: Scalar, place: Place): YamlScalar {
  const { source } = node
  const value = node.type === Scalar.PLAIN && source !== undefined ? exact(node.value, source) : node.value
  if (typeof value === 'string' || value === null || source === undefined) return { kind: 'scalar', value, place }
  return { kind: 'scalar', value, place, written: source }
}

/** A whole number that a double cannot hold is a bigint; the library rounds it. */
function exact(value: unknown, written: string): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !INTEGER.test(written)) return value
  const magnitude = BigInt(written.replace(/^[-+]/, ''))
  return written.startsWith('-') ? -magnitude : magnitude
}
