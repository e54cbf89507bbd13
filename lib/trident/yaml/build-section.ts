/**
 * The `trident` section of a file → a topology of Trident. It goes on after each problem: what stands behind a step
 * that is wrong is looked at with the fields that the step would have; what needs a stream that cannot be made is left
 * out without a word.
 *
 * Entries may stand in any order. They are made in theirs, but for those that another one needs earlier.
 */
import type { SectionFile } from '../../annex/annex.ts'
import type { Report } from '../../annex/definition-report.ts'
import { placeOfPath } from '../../annex/place-of-path.ts'
import { type Place, plain, textOf, typedOf, type YamlMap, type YamlValue } from '../../annex/yaml-value.ts'
import { type Finding, TyphoonError, toFinding, type Where } from '../../errors/typhoon-error.ts'
import type { TopologyDefinition } from '../../index.ts'
import { suggest } from '../../words/suggest.ts'
import type { Stream } from '../stream/stream.ts'
import { TridentState } from '../stream/trident-state.ts'
import { TridentTopology } from '../stream/trident-topology.ts'
import { begin, operate, repartition, standIn, type Values } from './calls.ts'
import type { OperandBeans } from './operand-beans.ts'
import { Operands, Reported } from './operands.ts'
import { type Entry, hasRequired, isPartsKind, type Part, readKeys, type Setting, type Step } from './read-section.ts'
import {
  keepsUnderName,
  type OperationName,
  PARTS,
  REPARTITIONINGS,
  type Repartitioning,
  type SourceName,
} from './vocabulary.ts'

/** What an entry came to: a stream or a state; undefined where it cannot be made. */
type Result = Stream | TridentState | undefined

/** What makes a state, by its name. */
interface Writer {
  readonly entry: Entry
  /** The place of the name. */
  readonly place: Place
  readonly isWindow: boolean
}

/** Makes the streams of a section, each once. */
export class TridentBuilder {
  readonly #entries: readonly Entry[]
  readonly #operands: Operands
  readonly #report: Report
  readonly #file: SectionFile
  readonly #topology: TridentTopology
  readonly #byName = new Map<string, Entry>()
  readonly #byState = new Map<string, Writer>()
  readonly #states = new Map<string, TridentState>()
  /** `begun` while it is made. */
  readonly #results = new Map<Entry, Result | 'begun'>()

  constructor(entries: readonly Entry[], operands: OperandBeans, file: SectionFile) {
    const { beans, components, report, name, config } = file
    this.#entries = entries
    this.#operands = new Operands(beans, operands, components, report)
    this.#report = report
    this.#file = file
    this.#topology = new TridentTopology(name, config)
    for (const entry of entries) this.#register(entry)
  }

  /** Makes all streams. Undefined where something is wrong, which was reported. */
  build(): TopologyDefinition | undefined {
    const before = this.#report.count()
    for (const entry of this.#entries) this.#make(entry)
    const isBroken = this.#report.count() > before
    try {
      const made = this.#topology.build()
      return isBroken ? undefined : made
    } catch (error) {
      if (!(error instanceof TyphoonError)) throw error
      // What is wrong with a part of a topology says nothing about the whole; its name is its own affair.
      const problems = error.findings.filter(({ code }) => !isBroken || code === 'BAD_NAME')
      for (const problem of problems) this.#report.addProblem(this.#placed(problem))
      return undefined
    }
  }

  #register(entry: Entry): void {
    const name = textIn(entry.name)
    if (name !== undefined && this.#byName.has(name))
      this.#report.add('DUPLICATE_ID', `two streams are called "${name}"`, entry.name!.value.place)
    else if (name !== undefined) this.#byName.set(name, entry)
    for (const step of [entry.source, ...entry.steps]) {
      const kept = step !== undefined && 'word' in step ? keepsUnderName(step.word) : undefined
      if (kept === undefined) continue
      const { value } = step as Part
      const state = textIn(value)
      if (state === undefined || this.#byState.has(state)) continue
      this.#byState.set(state, { entry, place: value.value.place, isWindow: kept === 'window' })
    }
  }

  #make(entry: Entry): Result {
    const known = this.#results.get(entry)
    if (this.#results.has(entry)) return known === 'begun' ? undefined : known
    this.#results.set(entry, 'begun')
    let result: Result = this.#begin(entry.source)
    for (const step of entry.steps) result = this.#next(result, step)
    this.#results.set(entry, result)
    return result
  }

  #begin(part: Part): Result {
    const { word, place, map, value } = part
    const given = this.#given(part)
    if (given === undefined) return undefined
    return this.#attempt(place, map, undefined, () => {
      const begun = begin(this.#topology, word as SourceName, given.value, given.keys, place)
      if (begun instanceof TridentState) this.#states.set(textIn(value) ?? '', begun)
      return begun
    })
  }

  /** Where it is not known what comes before, what the step is given is looked at all the same. */
  #next(before: Result, step: Step): Result {
    if (step === undefined) return undefined
    if (before instanceof TridentState) {
      const { name } = before.state
      const hint = `go on in an entry of its own: { newValuesOf: ${name}, do: […] }`
      this.#report.add('STREAM_ENDED', `the state "${name}" has ended the stream`, step.place, hint)
      return undefined
    }
    if ('word' in step) return this.#operate(before, step)
    const { repartitioning } = step
    const isKnown = before !== undefined && Object.hasOwn(REPARTITIONINGS, repartitioning)
    return isKnown ? repartition(before, repartitioning as Repartitioning) : before
  }

  #operate(before: Stream | undefined, part: Part): Result {
    const { place, map, value, keys } = part
    const name = part.word as OperationName
    const given = this.#given(part)
    if (before === undefined) return undefined
    const done = this.#attempt(place, map, before, () => {
      if (given === undefined) throw new Reported()
      return operate(before, name, given.value, given.keys, place)
    })
    if (done instanceof TridentState) this.#states.set(textIn(value) ?? '', done)
    if (done !== undefined || keepsUnderName(name) === 'state') return done
    const fields = [...keys].flatMap(([key, one]) => (one.kind === 'fields' ? [[key, texts(one)] as const] : []))
    try {
      return standIn(before, name, Object.fromEntries(fields))
    } catch {
      return undefined
    }
  }

  /** What a part is given, ready; undefined where some of it is missing or no good, which was reported. */
  #given({ value, keys, isWhole }: Part): { readonly value: unknown; readonly keys: Values } | undefined {
    const all = [() => this.#value(value), () => this.#values(keys)].map((read) => {
      try {
        return read()
      } catch (error) {
        if (!(error instanceof Reported)) throw error
        return undefined
      }
    })
    if (!isWhole || all.includes(undefined)) return undefined
    return { value: all[0], keys: all[1] as Values }
  }

  /** Undefined where it fails; that is reported then, where the field of the error stands or else at `place`. */
  #attempt(place: Place, map: YamlMap, before: Stream | undefined, call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      if (error instanceof Reported) return undefined
      const { code, message, where, hint } = toFinding(error)
      const at = placeIn(map, where)
      const known = code === 'UNKNOWN_FIELD' ? before?.fields.names : undefined
      const advice = at !== undefined && known !== undefined ? suggest(where.field!, known) : hint
      this.#report.add(code, message, { ...where, ...(at ?? place) }, advice)
      return undefined
    }
  }

  #values(keys: ReadonlyMap<string, Setting>): Values {
    const values: Record<string, unknown> = {}
    let failed = false
    for (const [key, setting] of keys) {
      try {
        values[key] = this.#value(setting)
      } catch (error) {
        if (!(error instanceof Reported)) throw error
        // Without these a stream has the same fields, so that what follows can be judged.
        failed ||= setting.kind !== 'count' && setting.kind !== 'load'
      }
    }
    if (failed) throw new Reported()
    return values
  }

  /** The value, ready. @throws Reported */
  #value(setting: Setting): unknown {
    const { kind, value } = setting
    if (value.kind === 'scalar' && value.unknown === true) throw new Reported()
    if (isPartsKind(kind)) return this.#parts(value, kind)
    switch (kind) {
      case 'stream':
        return this.#stream(value)
      case 'streams':
        if (value.kind !== 'list') throw new Reported()
        return value.items.map((item) => this.#stream(item))
      case 'state':
        return this.#state(value)
      case 'stateFactory':
        return this.#operands.state(value)
      case 'windowStore':
        return this.#operands.windowStore(value)
      case 'fields':
        return texts(setting) ?? fail()
      case 'text':
        return textIn(setting) ?? fail()
      case 'count':
        return isCount(number(value)) ? number(value) : fail()
      case 'load':
        return typeof number(value) === 'number' ? number(value) : fail()
      case 'countPair':
      case 'durationPair':
        return value.kind === 'list' ? plain(value) : fail()
      case 'duration':
      case 'fileSink':
        return this.#report.hasProblemIn(value) ? fail() : plain(value)
      case 'joinType':
      case 'joinMode':
        return plain(value)
      default:
        return this.#operands.make(value, kind)
    }
  }

  #parts(value: YamlValue, kind: keyof typeof PARTS): unknown {
    if (value.kind !== 'list') throw new Reported()
    return value.items.map((item) => {
      if (item.kind !== 'map' || !hasRequired(item, PARTS[kind])) throw new Reported()
      return this.#values(readKeys(item, PARTS[kind]))
    })
  }

  #stream(value: YamlValue): Stream {
    const name = nameIn(value)
    const entry = this.#byName.get(name)
    if (entry === undefined) {
      const hint = this.#byState.has(name)
        ? `"${name}" is a state; what is written to it comes by newValuesOf: ${name}`
        : suggest(name, this.#byName.keys())
      this.#report.add('UNKNOWN_STREAM', `no stream is called "${name}"`, value.place, hint)
      throw new Reported()
    }
    const result = this.#make(this.#free(entry, value)) ?? fail()
    if (!(result instanceof TridentState)) return result
    const hint = `what is written to it comes by newValuesOf: ${result.state.name}`
    this.#report.add('STREAM_ENDED', `the stream "${name}" ends in the state "${result.state.name}"`, value.place, hint)
    throw new Reported()
  }

  #state(value: YamlValue): TridentState {
    const name = nameIn(value)
    const found = this.#byState.get(name)
    if (found === undefined) {
      this.#report.add('UNKNOWN_REF', `no state is called "${name}"`, value.place, () =>
        suggest(name, this.#byState.keys()),
      )
      throw new Reported()
    }
    if (found.isWindow) {
      this.#report.add('UNFIT_STATE', `"${name}" is a window, which cannot be asked`, value.place)
      throw new Reported()
    }
    if (!this.#states.has(name)) this.#make(this.#free(found.entry, value))
    return this.#states.get(name) ?? fail()
  }

  /** The entry, unless it is just being made. @throws Reported */
  #free(entry: Entry, value: YamlValue): Entry {
    if (this.#results.get(entry) !== 'begun') return entry
    const message = `"${nameIn(value)}" would need itself: streams and states go in a circle`
    this.#report.add('UNKNOWN_REF', message, value.place)
    throw new Reported()
  }

  /** What the whole is refused for: at the state or the function that it is about. */
  #placed(problem: Finding): Finding {
    const { code, where } = problem
    const { at, nameAt } = this.#file
    if (code === 'BAD_NAME') return { ...problem, where: { ...nameAt } }
    if (code === 'BAD_CONFIG') return problem
    const state = where.state === undefined ? undefined : this.#byState.get(where.state)?.place
    const request = this.#entries.find(
      ({ source }) => source.word === 'drpc' && where.function !== undefined && textIn(source.value) === where.function,
    )
    return { ...problem, where: { ...where, ...(state ?? request?.source.value.value.place ?? at) } }
  }
}

function fail(): never {
  throw new Reported()
}

function nameIn(value: YamlValue): string {
  return textOf(value) ?? fail()
}

function textIn(setting: Setting | undefined): string | undefined {
  return textOf(setting?.value)
}

function number(value: YamlValue): unknown {
  return value.kind === 'scalar' ? typedOf(value) : undefined
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function texts({ value }: Setting): string[] | undefined {
  if (value.kind !== 'list') return undefined
  const names = value.items.flatMap((item) => textOf(item) ?? [])
  return names.length === value.items.length ? names : undefined
}

/** Where the field or the option of a step stands that an error is about. */
function placeIn(step: YamlMap, { field, path }: Where): Place | undefined {
  if (field !== undefined) return placeOfText(step, field)
  const values = [...step.entries.values()].map((entry) => entry.value)
  return path === undefined ? undefined : placeOfPath(values, path)
}

/** Where a text stands below a step; the last place, for it is the later of two fields that is wrong. */
function placeOfText(value: YamlValue, text: string): Place | undefined {
  if (value.kind === 'scalar') return textOf(value) === text ? value.place : undefined
  const parts = value.kind === 'list' ? value.items : [...value.entries.values()].map((entry) => entry.value)
  return parts.map((part) => placeOfText(part, text)).findLast((one) => one !== undefined)
}
