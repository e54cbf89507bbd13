/**
 * The objects that a YAML file names: finds all their classes, checks all references, and makes instances. One call of
 * `make` is one task: within it a component that several refer to is one instance, and the next call makes it anew.
 */
import type { BeanFactory } from '../../annex/annex.ts'
import type { Report } from '../../annex/definition-report.ts'
import { idOf, referencesOf } from '../../annex/references.ts'
import { child, itemsAt, mapsAt, type Place, textAt, type YamlMap, type YamlValue } from '../../annex/yaml-value.ts'
import { isOutOfDescriptors } from '../../errors/out-of-descriptors.ts'
import { TyphoonError, toFinding } from '../../errors/typhoon-error.ts'
import { suggest } from '../../words/suggest.ts'
import type { Annexes } from '../annexes/annexes.ts'
import { construct, nameOf } from './construct.ts'
import { type ClassPlace, placeOfClass, resolveClass } from './resolve-class.ts'

/** By className: the text that stands for it, and the file with that alias. */
export type Aliases = ReadonlyMap<string, { readonly text: string; readonly file: string }>

export class Beans implements BeanFactory {
  readonly #annexes: Annexes
  readonly #components: ReadonlyMap<string, YamlMap>
  readonly #aliases: Aliases
  readonly #report: Report
  readonly #classes = new Map<YamlMap, unknown>()
  /** Why a bean cannot be made; known before it is tried. */
  readonly #failures = new Map<YamlMap, TyphoonError>()

  private constructor(annexes: Annexes, components: ReadonlyMap<string, YamlMap>, aliases: Aliases, report: Report) {
    this.#annexes = annexes
    this.#components = components
    this.#aliases = aliases
    this.#report = report
  }

  /** Loads the classes of the components and of `others`, and reports whatever cannot be made of the components. */
  static async load(
    annexes: Annexes,
    components: ReadonlyMap<string, YamlMap>,
    others: readonly YamlMap[],
    aliases: Aliases,
    report: Report,
  ): Promise<Beans> {
    const beans = new Beans(annexes, components, aliases, report)
    const all = [...components.values(), ...others]
    // Modules load side by side; the report is in the order of the file.
    for (const note of await Promise.all(all.map((bean) => beans.#loadClass(bean)))) note()
    for (const bean of all) {
      beans.#checkKeys(bean)
      beans.#checkReferences(bean)
    }
    // What a component refers to is tried before it, and once, for whichever of them.
    const instances = new Map<string, unknown>()
    for (const id of beans.#inOrder()) beans.#try(components.get(id)!, () => beans.#instance(id, instances))
    return beans
  }

  make(bean: YamlMap): unknown {
    return this.#make(bean, new Map())
  }

  /** Makes a bean to see whether it can be made, and reports it if not; then the result is `undefined`. */
  probe(bean: YamlMap): unknown {
    return this.#try(bean, () => this.make(bean))
  }

  #try(bean: YamlMap, make: () => unknown): unknown {
    try {
      return make()
    } catch (error) {
      this.#fail(bean, error as TyphoonError)
      return undefined
    }
  }

  isLoaded(bean: YamlMap): boolean {
    return this.#classes.has(bean) && !this.#failures.has(bean)
  }

  named(bean: YamlMap): unknown {
    return this.#classes.get(bean)
  }

  /** Where that stands; undefined where the className is the bare name of a component. */
  placeOf(bean: YamlMap): ClassPlace | undefined {
    const { text, file } = this.#meant(textAt(bean, 'className')!)
    return placeOfClass(text, file)
  }

  /** What a className stands for, and the file that says it. */
  #meant({ text, place }: { readonly text: string; readonly place: Place }): { text: string; file: string } {
    return this.#aliases.get(text) ?? { text, file: place.file }
  }

  #make(bean: YamlMap, instances: Map<string, unknown>): unknown {
    const failure = this.#failures.get(bean)
    if (failure !== undefined) throw failure
    return construct(bean, {
      classOf: (one) => this.#classes.get(one),
      instanceOf: (id) => this.#instance(id, instances),
    })
  }

  #instance(id: string, instances: Map<string, unknown>): unknown {
    const component = this.#components.get(id)
    if (component === undefined) return undefined
    if (!instances.has(id)) instances.set(id, this.#make(component, instances))
    return instances.get(id)
  }

  #fail(bean: YamlMap, error: TyphoonError): void {
    this.#failures.set(bean, error)
    this.#report.addError(error)
  }

  /** Loads what the className names; what is wrong with it is reported by the function that is returned. */
  async #loadClass(bean: YamlMap): Promise<() => void> {
    const className = textAt(bean, 'className')
    if (className === undefined) {
      // A missing className was reported with the shape of the file, or a variable in it that is not set.
      const failure = this.#reported(`"${nameOf(bean)}" needs a className`)
      return () => this.#failures.set(bean, failure)
    }
    try {
      const { text, file } = this.#meant(className)
      const found = await resolveClass(text, file, this.#annexes)
      return () => {
        this.#classes.set(bean, found)
        // What its constructor says about a value that no variable has given is not a second problem.
        if (lacksValue(bean))
          this.#failures.set(bean, this.#reported(`"${nameOf(bean)}" lacks the value of a variable`))
      }
    } catch (error) {
      if (isOutOfDescriptors(error)) throw error
      const { code, message, where, hint } = toFinding(error, 'MODULE_FAILED')
      const isElsewhere = where.line !== undefined
      const advice = isElsewhere ? `named by ${className.place.file}:${className.place.line}` : hint
      const failure = new TyphoonError(code, message, {
        where: isElsewhere ? where : { ...className.place },
        cause: error,
        ...(advice === undefined ? {} : { hint: advice }),
      })
      return () => this.#fail(bean, failure)
    }
  }

  /** The error for what depends on it; it has been reported. */
  #reported(message: string): TyphoonError {
    const failure = new TyphoonError('YAML_SHAPE', message)
    this.#report.wasReported(failure)
    return failure
  }

  /** Keys that have no effect beside each other, or need each other. */
  #checkKeys(bean: YamlMap): void {
    const hasFactory = child(bean, 'factory') !== undefined
    const idle = hasFactory ? 'constructorArgs' : 'factoryArgs'
    const value = child(bean, idle)
    if (value !== undefined) {
      const message = hasFactory
        ? 'constructorArgs has no effect beside a factory'
        : 'factoryArgs has no effect without a factory'
      this.#report.add('YAML_SHAPE', message, value.place)
    }
    for (const property of mapsAt(bean, 'properties')) {
      if (property.entries.has('value') === property.entries.has('ref')) {
        this.#report.add('YAML_SHAPE', 'a property has either a value or a ref', property.place)
      }
    }
  }

  /** An unknown ref is a problem. An unknown id in a reflist is left out, as in Storm, with a warning. */
  #checkReferences(bean: YamlMap): void {
    for (const { id, place, kind } of references(bean)) {
      if (this.#components.has(id)) continue
      const hint = (): string => suggest(id, this.#components.keys())
      if (kind === 'reflist')
        this.#report.warn(() => `no component is called "${id}", it is left out of the list; ${hint()}`, place)
      else this.#fail(bean, unknownRef(`no component is called "${id}"`, place, this.#report.isFull ? '' : hint()))
    }
  }

  /**
   * The components, each behind those that it refers to. Components that need each other can never be made, nor those
   * whose refs lead on and on. Each ref is followed once.
   */
  #inOrder(): Iterable<string> {
    /** By id: how many refs lead on from it at most. */
    const heights = new Map<string, number>()
    const chain = new Set<string>()
    const visit = (id: string): number => {
      const bean = this.#components.get(id)
      if (bean === undefined) return 0
      const known = heights.get(id)
      if (known !== undefined) return known
      chain.add(id)
      let height = 0
      for (const { id: next, place } of references(bean)) {
        if (this.#failures.has(bean)) break
        if (chain.has(next)) {
          const circle = [...[...chain].slice([...chain].indexOf(next)), next].join(' → ')
          this.#fail(bean, unknownRef(`the refs go in a circle: ${circle}`, place))
        } else if (chain.size > DEEPEST_REFS) this.#fail(bean, tooDeep(place))
        else height = Math.max(height, visit(next) + 1)
        if (height > DEEPEST_REFS) this.#fail(bean, tooDeep(place))
      }
      chain.delete(id)
      // What refers to one that has failed, fails with the same error.
      heights.set(id, this.#failures.has(bean) ? 0 : height)
      return heights.get(id)!
    }
    for (const id of this.#components.keys()) visit(id)
    return heights.keys()
  }
}

/** Whether a variable that has no value stands in it, at any depth. */
function lacksValue(value: YamlValue): boolean {
  if (value.kind === 'scalar') return value.unknown === true
  if (value.kind === 'list') return value.items.some(lacksValue)
  return [...value.entries.values()].some((entry) => lacksValue(entry.value))
}

/** How many refs may lead on from a component, one after the other. */
const DEEPEST_REFS = 100

function unknownRef(message: string, place: Place, hint?: string): TyphoonError {
  return new TyphoonError('UNKNOWN_REF', message, { where: { ...place }, ...(hint === undefined ? {} : { hint }) })
}

function tooDeep(place: Place): TyphoonError {
  return unknownRef(`more than ${DEEPEST_REFS} refs follow each other`, place)
}

interface Reference {
  readonly id: string
  readonly place: Place
  readonly kind: 'ref' | 'reflist'
}

/** Everything that a bean refers to: in its arguments, at any depth, and in its properties. */
function references(bean: YamlMap): Reference[] {
  const values = [
    ...itemsAt(bean, 'constructorArgs'),
    ...itemsAt(bean, 'factoryArgs'),
    ...mapsAt(bean, 'configMethods').flatMap((method) => itemsAt(method, 'args')),
  ]
  const found = values.flatMap(within)
  for (const property of mapsAt(bean, 'properties')) {
    const ref = textAt(property, 'ref')
    const value = child(property, 'value')
    if (ref !== undefined) found.push({ id: ref.text, place: ref.place, kind: 'ref' })
    if (value !== undefined) found.push(...within(value))
  }
  return found
}

function within(value: YamlValue): Reference[] {
  const direct = referencesOf(value)
  if (direct !== undefined) return direct.ids.map((id) => ({ id: idOf(id), place: id.place, kind: direct.kind }))
  if (value.kind === 'list') return value.items.flatMap(within)
  if (value.kind === 'map') return [...value.entries.values()].flatMap((entry) => within(entry.value))
  return []
}
