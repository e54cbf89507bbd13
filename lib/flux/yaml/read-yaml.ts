/**
 * The text of a YAML file → values with their places, with variables put in, aliases and merge keys (`<<`) resolved.
 * The only file that knows the YAML library. All syntax errors are reported, not only the first.
 */
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
} from 'yaml'
import { messageOf } from '../../errors/typhoon-error.ts'
import type { Report } from '../report.ts'
import { mask, substitute, unmask } from './substitute.ts'
import { parseJson, type Variables } from './variables.ts'
import type { Place, YamlEntry, YamlList, YamlMap, YamlScalar, YamlValue } from './yaml-value.ts'

const MERGE_KEY = '<<'

/** `undefined` where the text is no YAML, which was reported then. */
export function readYaml(text: string, file: string, variables: Variables, report: Report): YamlValue | undefined {
  const reader = new Reader(text.replace(/^\uFEFF/, ''), file, variables, report)
  return reader.read()
}

class Reader {
  readonly #text: string
  readonly #file: string
  readonly #lines: readonly string[]
  readonly #lineCounter = new LineCounter()
  readonly #variables: Variables
  readonly #report: Report
  /** An alias is the value of its anchor, the same object; `undefined` while that is being made. */
  readonly #values = new Map<Node, YamlValue | undefined>()
  #document!: Document

  constructor(text: string, file: string, variables: Variables, report: Report) {
    this.#text = text
    this.#file = file
    this.#lines = text.split(/\r?\n/)
    this.#variables = variables
    this.#report = report
  }

  read(): YamlValue | undefined {
    const before = this.#report.problems.length
    try {
      this.#document = parseDocument(mask(this.#text), {
        lineCounter: this.#lineCounter,
        prettyErrors: false,
        merge: true,
      })
      for (const { message, pos } of this.#document.errors) this.#syntaxError(message, pos[0])
      for (const { message, pos } of this.#document.warnings) this.#report.warn(unmask(message), this.#place(pos[0]))
      const value = this.#value(this.#document.contents, 0)
      // The library's limit on how far aliases may multiply holds where it makes plain values.
      if (this.#document.errors.length === 0) this.#document.toJS()
      return this.#isBroken(before) ? undefined : value
    } catch (error) {
      if (!this.#isBroken(before)) this.#syntaxError(messageOf(error), 0)
      return undefined
    }
  }

  #isBroken(before: number): boolean {
    return this.#report.problems.slice(before).some(({ code }) => code === 'YAML_SYNTAX')
  }

  #value(node: Node | null, offset: number): YamlValue {
    if (node === null) return { kind: 'scalar', value: null, place: this.#place(offset) }
    if (isAlias(node)) return this.#alias(node)
    if (this.#values.has(node))
      return this.#values.get(node) ?? this.#unusable('an alias stands within its own anchor', node)
    this.#values.set(node, undefined)
    const value = this.#make(node)
    this.#values.set(node, value)
    return value
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
    const target = alias.resolve(this.#document)
    if (target !== undefined) return this.#value(target, startOf(alias))
    return this.#unusable(`no anchor "&${alias.source}" stands before this alias`, alias)
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
      else entries.set(String(key.value), { key: key.place, value })
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
    if (typeof written !== 'string' || !unmask(written).includes('${'))
      return { kind: 'scalar', value: node.value, place }
    const { text, changed, missing } = substitute(unmask(written), this.#variables.lookup)
    for (const one of missing) {
      this.#report.add(
        'UNKNOWN_VARIABLE',
        one.message,
        this.#place(this.#find(one.name, node)),
        this.#variables.hint(one),
      )
    }
    if (missing.length > 0) return { kind: 'scalar', value: null, place, unknown: true }
    return isPlain && changed ? this.#resolve(text, place) : { kind: 'scalar', value: text, place }
  }

  /** An unquoted text gets its type anew once the variables are in: a JSON list or map, a number, true, null, or a text. */
  #resolve(text: string, place: Place): YamlValue {
    const json = /^\s*[[{]/.test(text) ? parseJson(text) : undefined
    if (typeof json === 'object') return located(json, place)
    for (const tag of this.#document.schema?.tags ?? []) {
      if (tag.collection !== undefined || tag.default !== true || tag.test?.test(text) !== true) continue
      const resolved = tag.resolve(text, () => {}, {})
      return { kind: 'scalar', value: isScalar(resolved) ? resolved.value : resolved, place }
    }
    return { kind: 'scalar', value: text, place }
  }

  /** Where a variable stands in the file, within the scalar that uses it. */
  #find(variable: string, node: Node): number {
    const [start, end] = node.range as [number, number, number]
    const at = this.#text.slice(start, end).search(new RegExp(`\\$\\{\\s*${escaped(variable)}`))
    return at < 0 ? start : start + at
  }

  #syntaxError(message: string, offset: number): void {
    const text = unmask(message)
    this.#report.add('YAML_SYNTAX', text.charAt(0).toLowerCase() + text.slice(1), this.#place(offset))
  }

  #place(offset: number): Place {
    const { line, col } = this.#lineCounter.linePos(offset)
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col), source: this.#lines[line - 1] ?? '' }
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0
}

function isMergeKey(node: Node): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.source === MERGE_KEY
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** JSON as values that all stand at one place. */
function located(json: unknown, place: Place): YamlScalar | YamlList | YamlMap {
  if (Array.isArray(json)) return { kind: 'list', place, items: json.map((item) => located(item, place)) }
  if (typeof json !== 'object' || json === null) return { kind: 'scalar', value: json, place }
  const entries = Object.entries(json).map(
    ([key, value]) => [key, { key: place, value: located(value, place) }] as const,
  )
  return { kind: 'map', place, entries: new Map(entries) }
}
