/**
 * The states of one task, by name. Where snapshots are taken, what they take part in they take part in together: an
 * execution that is kept or undone, and a capture.
 */
import { type Problem, TyphoonError } from '../errors/typhoon-error.ts'
import { call, checkOptions, choice, flag, integer, map, type OptionTable, positive } from '../shape/options.ts'
import type { KeyValueState, Settings, StateOptions } from '../topology/component/state.ts'
import { isSystemId } from '../tuple/system-ids.ts'
import type { Tuple } from '../tuple/tuple.ts'
import { valueOfMapKey } from '../values/key.ts'
import { EmbeddedState } from './embedded-state.ts'
import { ExpiringState } from './expiring-state.ts'
import { FormWatch } from './form-watch.ts'
import { type Group, OF_TASK } from './group.ts'
import type { LastingState } from './lasting-state.ts'
import { type Capture, type Change, MemoryState } from './memory-state.ts'
import { SeriesState } from './series-state.ts'
import type { StateBase } from './state-base.ts'
import { converterTo, differenceOf, formatOf, isPlain, type Lived, PLAIN, type StateFormat } from './state-format.ts'
import { VolatileSeries } from './volatile-series.ts'
import { VolatileState } from './volatile-state.ts'
import { WriteGate } from './write-gate.ts'

/** What a snapshot holds of a state. */
export interface RestoredState {
  readonly changes: Iterable<Change>
  /** Whether it is just what this task had written, and not what several tasks have left to it. */
  readonly isOwn: boolean
  /** That of its values; plain unless given. */
  readonly format?: StateFormat | undefined
}

/** A state that a snapshot holds and that is not taken over. */
export interface Unclaimed {
  readonly name: string
  readonly keys: number
  /** In what the settings differ that it was written by, in words; empty: it was not asked for. */
  readonly difference: string
}

/** What states need of their task. */
export interface TaskStatesPorts {
  /** What is written for a tuple goes with; with its task unless given. */
  groupOf?(tuple: Tuple): Group
  /** Where a state is that is larger than memory; in memory unless given. */
  baseOf?(state: string): StateBase | undefined
  /** Milliseconds since 1970; 0 unless given. */
  date?(): number
  /** The values of a state have another form than those that it goes on with. */
  noticed?(problem: Problem): void
}

/** @internal */
const STATE_OPTIONS = {
  ttlMs: positive(),
  ttlOn: choice(['write', 'read'], { default: 'write' }),
  fixesTasks: flag(),
  version: integer({ least: 1, default: 1 }),
  migrate: call(),
  settings: map<Settings>(),
  byTime: flag(),
} satisfies OptionTable<StateOptions>

export class TaskStates {
  /** What is executed: a tuple; or something that goes with a group; undefined: nothing that is known. */
  inHand: Tuple | Group | undefined
  /** Whether they may be written now. */
  readonly gate = new WriteGate()
  readonly #lasting = new Map<string, LastingState>()
  /** The same. */
  readonly #all: LastingState[] = []
  /** As the component has them. */
  readonly #faces = new Map<string, KeyValueState>()
  /** Of those that are not plain. */
  readonly #formats = new Map<string, StateFormat>()
  readonly #last: boolean
  /** What a snapshot holds, until the component asks for the state. */
  readonly #restored: Map<string, RestoredState>
  /** In what the settings of those differ that were asked for and are left where they are. */
  readonly #differences = new Map<string, string>()
  readonly #group: () => Group
  readonly #date: () => number
  readonly #baseOf: (state: string) => StateBase | undefined
  readonly #noticed: (problem: Problem) => void

  /**
   * @param last whether snapshots are taken of them
   * @param restored by name: what the snapshot holds that the task begins with
   */
  constructor(
    last: boolean,
    restored: ReadonlyMap<string, RestoredState> = new Map(),
    { groupOf = () => OF_TASK, baseOf = () => undefined, date = () => 0, noticed = () => {} }: TaskStatesPorts = {},
  ) {
    this.#last = last
    this.#date = date
    this.#baseOf = baseOf
    this.#noticed = noticed
    this.#group = () => {
      const { inHand = OF_TASK } = this
      return typeof inHand === 'number' ? inHand : groupOf(inHand)
    }
    this.#restored = new Map(restored)
  }

  /** The states that a snapshot holds and that are not taken over; to be called once. */
  *unclaimed(): Iterable<Unclaimed> {
    for (const [name, { changes }] of this.#restored) {
      const keys = new Set<unknown>()
      for (const { 1: key, length } of changes) {
        if (length > 2) keys.add(key)
        else keys.delete(key)
      }
      if (keys.size > 0) yield { name, keys: keys.size, difference: this.#differences.get(name) ?? '' }
    }
  }

  /** No state that lasts has been asked for. */
  get isEmpty(): boolean {
    return this.#lasting.size === 0
  }

  /** What is written now goes with this. */
  get group(): Group {
    return this.#group()
  }

  /** The forms of the values of those that are not plain, by name. */
  get formats(): Readonly<Record<string, StateFormat>> {
    return Object.fromEntries(this.#formats)
  }

  /**
   * The state of this name: made as the options say when it is asked for first.
   * @throws BAD_ARGUMENT; STATE_VERSION where a snapshot holds what it cannot read
   */
  state<K, V>(name: string, options: StateOptions<V> = {}): KeyValueState<K, V> {
    const known = this.#faces.get(name)
    if (known !== undefined) return known
    const face = this.#make(name, options)
    this.#faces.set(name, face)
    return face
  }

  /** What is executed now has been asked for by an entry: what it writes goes with that. */
  executeFor(name: string, key: unknown): void {
    this.inHand = this.#lasting.get(name)?.groupOf(key)
  }

  /** Hot. */
  keep(): void {
    const all = this.#all
    for (let i = 0; i < all.length; i++) all[i]!.keep()
  }

  undo(): void {
    for (const state of this.#all) state.undo()
  }

  /** Calls what is of no execution, though one may be open: what it writes stays, or, where it throws, is undone. */
  aside<T>(call: () => T): T {
    const ends = [...this.#lasting.values()].map((state) => state.aside())
    let stays = false
    try {
      const result = call()
      stays = true
      return result
    } finally {
      for (const end of ends) end(stays)
    }
  }

  /** @param wantsWhole whether everything is wanted that the state of this name holds */
  capture(wantsWhole: (name: string) => boolean): Map<string, Capture> {
    return new Map([...this.#lasting].map(([name, state]) => [name, state.capture(wantsWhole(name))]))
  }

  abandon(): void {
    for (const state of this.#all) state.abandon()
  }

  #make(name: string, options: StateOptions): KeyValueState {
    const checked = checkOptions(`state "${name}"`, options, STATE_OPTIONS, 'BAD_ARGUMENT')
    const { ttlMs, ttlOn, byTime } = checked
    const state = this.#last
      ? this.#makeLasting(name, options)
      : byTime
        ? new VolatileSeries(name)
        : new VolatileState(name)
    mustSay(name, options, 'ttlOn', 'ttlMs')
    mustSay(name, options, 'migrate', 'version')
    return ttlMs === undefined
      ? state
      : new ExpiringState(state as KeyValueState<any, Lived>, ttlMs, ttlOn === 'read', this.#date, this.gate)
  }

  #makeLasting(name: string, options: StateOptions): LastingState {
    const base = this.#baseOf(name)
    let state: LastingState
    if (base !== undefined) state = new EmbeddedState(name, base, this.#group, this.gate)
    else if (options.byTime === true) state = new SeriesState(name, this.#group, this.gate)
    else state = new MemoryState(name, this.#group, this.gate)
    this.#restore(name, state, options)
    this.#lasting.set(name, state)
    this.#all.push(state)
    const format = formatOf(options)
    if (!isPlain(format)) this.#formats.set(name, format)
    return state
  }

  #restore(name: string, state: LastingState, options: StateOptions): void {
    const restored = this.#restored.get(name)
    if (restored === undefined) return
    const { changes, isOwn, format = PLAIN } = restored
    const difference = differenceOf(format, formatOf(options))
    if (difference !== '') {
      this.#differences.set(name, difference)
      // What is captured next takes the place of what the snapshot has.
      state.restore([], false)
      return
    }
    const convert = converterTo(options, format, `the state "${name}"`, this.#date)
    if (convert === undefined) state.restore(changes, isOwn)
    else state.restore(converted(changes, convert), false)
    this.#restored.delete(name)
    if (saysNothingOfForm(name, options))
      state.formWatch = new FormWatch(format.expires, (what) => this.#noticed(formChanged(name, what)))
  }
}

/** Changes whose values are in another form; those that come to nothing are removed. */
function* converted(changes: Iterable<Change>, convert: (key: unknown, value: unknown) => unknown): Iterable<Change> {
  for (const change of changes) {
    const [group, key, stored] = change
    const value = change.length > 2 ? convert(valueOfMapKey(key), stored) : undefined
    yield value === undefined ? [group, key] : [group, key, value]
  }
}

/** Whether what is known of the form of its values is what is seen of them. */
function saysNothingOfForm(name: string, { version, settings }: StateOptions): boolean {
  return version === undefined && settings === undefined && !isSystemId(name)
}

function formChanged(name: string, what: string): Problem {
  return {
    code: 'STATE_VERSION',
    where: {},
    message: `values of the state "${name}" have another form than in the snapshot that the run goes on from; of the key ${what}`,
    hint: 'stop the run, and give context.state a new version, and migrate(value, from); version: 1 says that both forms are meant',
  }
}

/** @throws BAD_ARGUMENT where an option means nothing without another one */
function mustSay(name: string, options: StateOptions, one: keyof StateOptions, other: keyof StateOptions): void {
  if (options[one] === undefined || options[other] !== undefined) return
  throw new TyphoonError('BAD_ARGUMENT', `the option ${one} of the state "${name}" needs ${other} beside it`, {
    where: { path: one },
  })
}
