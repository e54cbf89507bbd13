/**
 * What operations are given: functions, aggregators, states, spouts. In YAML it is a word that Typhoon knows (`Count`,
 * `{FirstN: [5]}`, `embedded`), an export of a module (`./words.ts#split`), a bean, or a ref to one of the components.
 *
 * An export that is a class is constructed. One that is a function is used where a function is wanted, and called where
 * an object is. What a bean makes is made once in each worker, and shared by its tasks; a spout is made for each task.
 */

import type { BeanFactory } from '../../annex/annex.ts'
import type { Report } from '../../annex/definition-report.ts'
import { placeOfPath } from '../../annex/place-of-path.ts'
import { idOf, referencesOf } from '../../annex/references.ts'
import { plain, textOf, type YamlMap, type YamlValue } from '../../annex/yaml-value.ts'
import { messageOf, TyphoonError, toFinding } from '../../errors/typhoon-error.ts'
import { isClass } from '../../util/signature.ts'
import { suggest } from '../../words/suggest.ts'
import { checkRole, checkStateFactory, isBuiltin, isFunctionRole, makeBuiltin, nameOfRole } from './check-operand.ts'
import type { OperandBeans } from './operand-beans.ts'
import type { Setting } from './read-section.ts'
import { stateNamed, windowStoreNamed } from './stores.ts'
import { builtinsFor, filterArguments, type Role, STATES, WINDOW_STORES } from './vocabulary.ts'

/** Thrown in place of what was reported already. */
export class Reported extends Error {}

/** Makes them. */
export class Operands {
  readonly #beans: BeanFactory
  readonly #operands: OperandBeans
  readonly #components: ReadonlyMap<string, YamlMap>
  readonly #report: Report

  constructor(beans: BeanFactory, operands: OperandBeans, components: ReadonlyMap<string, YamlMap>, report: Report) {
    this.#beans = beans
    this.#operands = operands
    this.#components = components
    this.#report = report
  }

  /** @throws Reported */
  make(value: YamlValue, role: Role): any {
    return this.#guard(value, () => {
      const bean = this.#beanOf({ kind: role, value })
      if (bean === undefined) return checkRole(this.#builtin(value, role), role)
      if (role !== 'spout') return checkRole(this.#made(value, bean, isFunctionRole(role)), role)
      checkRole(this.#beans.make(bean), role)
      return () => this.#beans.make(bean)
    })
  }

  /** @throws Reported */
  state(value: YamlValue): any {
    return this.#guard(value, () => {
      const bean = this.#beanOf({ kind: 'stateFactory', value })
      if (bean !== undefined) return checkStateFactory(this.#made(value, bean, false))
      return stateNamed(...this.#worded(value, STATES, 'state'))
    })
  }

  /** @throws Reported */
  windowStore(value: YamlValue): any {
    return this.#guard(value, () => windowStoreNamed(...this.#worded(value, WINDOW_STORES, 'window store')))
  }

  #beanOf(setting: Setting): YamlMap | undefined {
    const references = referencesOf(setting.value)
    if (references?.kind !== 'ref') return this.#operands.of(setting)
    const [id] = references.ids
    const bean = this.#components.get(idOf(id!))
    if (bean !== undefined) return bean
    throw new TyphoonError('UNKNOWN_REF', `no component is called "${idOf(id!)}"`, {
      where: { ...id!.place },
      hint: suggest(idOf(id!), this.#components.keys()),
    })
  }

  /** What a text names may be the thing itself; a map makes it, as with every bean. */
  #made(value: YamlValue, bean: YamlMap, isFunctionWanted: boolean): unknown {
    if (value.kind === 'map' || !this.#beans.isLoaded(bean)) return this.#beans.make(bean)
    const named = this.#beans.named(bean)
    if (typeof named !== 'function') return named
    return isFunctionWanted && !isClass(named as () => unknown) ? named : this.#beans.make(bean)
  }

  #builtin(value: YamlValue, role: Role): unknown {
    const [name, given] = wordOf(value)
    const known = builtinsFor(role)
    if (!isBuiltin(name) || !known.includes(name))
      throw unknown(value, `no ${nameOfRole(role)} "${name}" comes with Typhoon`, name, known)
    const items = given === undefined ? [] : given.kind === 'list' ? given.items : [given]
    const isFilter = filterArguments(name)
    return makeBuiltin(
      name,
      items.map((item, index) => (isFilter[index] === true ? this.make(item, 'filter') : plain(item))),
    )
  }

  #worded<W extends string>(value: YamlValue, words: readonly W[], what: string): [W, object] {
    const [name, given] = wordOf(value)
    const word = words.find((one) => one === name)
    if (word === undefined) throw unknown(value, `there is no ${what} "${name}"`, name, words)
    if (given !== undefined && this.#report.hasProblemIn(given)) throw new Reported()
    return [word, given?.kind === 'map' ? (plain(given) as object) : {}]
  }

  /** What is thrown is reported, at the value unless it knows its place. */
  #guard<T>(value: YamlValue, make: () => T): T {
    if (value.kind === 'scalar' && value.unknown === true) throw new Reported()
    try {
      return make()
    } catch (error) {
      if (error instanceof Reported) throw error
      this.#report.addError(placed(error, value))
      throw new Reported()
    }
  }
}

/** An unknown word; in a map it is a key, and was reported with the shape of the file. */
function unknown(value: YamlValue, message: string, name: string, known: readonly string[]): Error {
  if (value.kind === 'map') return new Reported()
  const near = known.length === 0 ? '' : suggest(name, known).replace(/(?<!\?)$/, '.')
  const hint = `${near} One of your own is written "./module.ts#export".`.trim()
  return new TyphoonError('UNKNOWN_EXPORT', message, { hint })
}

/** `Count` → Count; `{FirstN: [5]}` → FirstN and its arguments. */
function wordOf(value: YamlValue): [name: string, given: YamlValue | undefined] {
  if (value.kind === 'scalar') return [textOf(value) ?? String(value.value), undefined]
  if (value.kind === 'list') throw new Reported()
  const [[name, entry] = []] = [...value.entries]
  if (name === undefined) throw new Reported()
  return [name, entry!.value.kind === 'scalar' && entry!.value.value === null ? undefined : entry!.value]
}

/** An error that was met before is the same object again, and so reported once. */
function placed(error: unknown, value: YamlValue): TyphoonError {
  const { place } = value
  if (!(error instanceof TyphoonError))
    return new TyphoonError('CONSTRUCTOR_FAILED', messageOf(error), {
      where: { ...place },
      cause: error,
    })
  if (error.where.line !== undefined) return error
  const { code, message, where, hint } = toFinding(error)
  const args = value.kind === 'map' ? [...value.entries.values()].map((entry) => entry.value) : []
  const at = where.path === undefined ? undefined : placeOfPath(args, where.path)
  return new TyphoonError(code, message, {
    where: { ...where, ...(at ?? place) },
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}
