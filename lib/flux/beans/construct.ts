/**
 * Makes one object as a bean says: constructor, function or static factory; then its properties; then its config
 * methods. Everything is made anew at each call, lists and maps too, so that no two tasks share anything.
 */
import { placeOfPath } from '../../annex/place-of-path.ts'
import { idOf, referencesOf } from '../../annex/references.ts'
import {
  child,
  itemsAt,
  mapsAt,
  type Place,
  placeOf,
  textAt,
  type YamlMap,
  type YamlValue,
} from '../../annex/yaml-value.ts'
import { DefinitionError, type Finding, TyphoonError, toFinding } from '../../errors/typhoon-error.ts'
import { placeText, topmostUserPlace } from '../../errors/user-places.ts'
import { isClass, methodNames, mostArguments } from '../../util/signature.ts'
import { plural } from '../../words/plural.ts'
import { suggest } from '../../words/suggest.ts'

type AnyFunction = (...args: unknown[]) => unknown

/** What a bean is made with. */
export interface Surroundings {
  /** What its className names. */
  classOf(bean: YamlMap): unknown
  /** The instance of one of the `components`; `undefined` where there is none of that id. */
  instanceOf(id: string): unknown
}

/** @throws CONSTRUCTOR_FAILED, NO_METHOD, NOT_A_COMPONENT, each with its place in the YAML */
export function construct(bean: YamlMap, surroundings: Surroundings): unknown {
  const name = nameOf(bean)
  const args = (list: readonly YamlValue[]): unknown[] => list.map((value) => argument(value, surroundings))
  const made = create(bean, name, surroundings.classOf(bean), args)
  const properties = mapsAt(bean, 'properties')
  const methods = mapsAt(bean, 'configMethods')
  if (typeof made !== 'object' || made === null) {
    if (properties.length + methods.length === 0) return made
    throw new TyphoonError('NO_METHOD', `"${name}" is not an object, and has no properties`, {
      where: { ...bean.place },
    })
  }
  inTurn([
    ...properties.map((property) => () => setProperty(made, name, property, surroundings)),
    ...methods.map((method) => () => callMethod(made, name, method, args(itemsAt(method, 'args')))),
  ])
  return made
}

/** Takes all steps, in order, and throws what went wrong in them as one. */
function inTurn(steps: readonly (() => void)[]): void {
  const problems: Finding[] = []
  for (const step of steps) {
    try {
      step()
    } catch (error) {
      problems.push(toFinding(error))
    }
  }
  if (problems.length > 0) throw new DefinitionError(problems)
}

/** Name of a bean for messages. */
export function nameOf(bean: YamlMap): string {
  return textAt(bean, 'id')?.text ?? textAt(bean, 'className')?.text ?? ''
}

function argument(value: YamlValue, surroundings: Surroundings): unknown {
  const references = referencesOf(value)
  if (references !== undefined) {
    const instances = references.ids.map((id) => surroundings.instanceOf(idOf(id)))
    return references.kind === 'ref' ? instances[0] : instances.filter((instance) => instance !== undefined)
  }
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'list') return value.items.map((item) => argument(item, surroundings))
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, argument(entry.value, surroundings)]))
}

function create(
  bean: YamlMap,
  name: string,
  target: unknown,
  args: (list: readonly YamlValue[]) => unknown[],
): unknown {
  const place = placeOf(bean, 'className')
  const factory = textAt(bean, 'factory')
  if (factory !== undefined) {
    const owner = Object(target) as Record<string, unknown>
    const method = owner[factory.text]
    if (typeof method !== 'function')
      throw noMethod(`${textAt(bean, 'className')?.text} has no static method "${factory.text}"`, factory, owner)
    const values = args(itemsAt(bean, 'factoryArgs'))
    checkMost(
      `the static method "${factory.text}"`,
      method as AnyFunction,
      values,
      placeOf(bean, 'factoryArgs', 'factory'),
    )
    return attempt(`"${name}" cannot be made`, factory.place, itemsAt(bean, 'factoryArgs'), () =>
      (method as AnyFunction).apply(owner, values),
    )
  }
  if (typeof target !== 'function') {
    throw new TyphoonError('NOT_A_COMPONENT', `${textAt(bean, 'className')?.text} is neither a class nor a function`, {
      where: { ...place },
    })
  }
  const values = args(itemsAt(bean, 'constructorArgs'))
  checkMost(
    `the constructor of "${name}"`,
    target as AnyFunction,
    values,
    placeOf(bean, 'constructorArgs', 'className'),
    'CONSTRUCTOR_FAILED',
  )
  const call = target as AnyFunction
  return attempt(`"${name}" cannot be made`, place, itemsAt(bean, 'constructorArgs'), () =>
    isClass(call) ? Reflect.construct(call, values) : call(...values),
  )
}

/** `setName(value)` where there is such a method, else the field. */
function setProperty(made: object, owner: string, property: YamlMap, surroundings: Surroundings): void {
  const name = textAt(property, 'name')
  if (name === undefined) return
  const ref = child(property, 'ref')
  const written = child(property, 'value')
  const value = ref === undefined ? written && argument(written, surroundings) : surroundings.instanceOf(idOf(ref))
  const target = made as Record<string, unknown>
  const setter = `set${name.text.charAt(0).toUpperCase()}${name.text.slice(1)}`
  attempt(`"${owner}" does not take the property "${name.text}"`, name.place, [], () => {
    if (typeof target[setter] === 'function') (target[setter] as AnyFunction)(value ?? null)
    else if (name.text in target) target[name.text] = value ?? null
    else {
      const known = [...Object.keys(made), ...methodNames(made).filter((method) => method.startsWith('set'))]
      throw new TyphoonError('NO_METHOD', `there is neither a method ${setter} nor a field ${name.text}`, {
        hint: suggest(name.text, known),
      })
    }
  })
}

function callMethod(made: object, owner: string, call: YamlMap, args: readonly unknown[]): void {
  const name = textAt(call, 'name')
  if (name === undefined) return
  const method = (made as Record<string, unknown>)[name.text]
  if (typeof method !== 'function') throw noMethod(`"${owner}" has no method "${name.text}"`, name, made)
  const place = placeOf(call, 'args', 'name')
  const what = `the method "${name.text}" of "${owner}"`
  if (args.length < method.length) throw wrongNumber('NO_METHOD', what, method.length, args, place)
  checkMost(what, method as AnyFunction, args, place)
  attempt(`${what} failed`, name.place, itemsAt(call, 'args'), () => (method as AnyFunction).apply(made, [...args]))
}

function checkMost(
  what: string,
  call: AnyFunction,
  args: readonly unknown[],
  place: Place,
  code: 'NO_METHOD' | 'CONSTRUCTOR_FAILED' = 'NO_METHOD',
): void {
  const most = mostArguments(call)
  if (args.length > most) throw wrongNumber(code, what, most, args, place)
}

function wrongNumber(
  code: 'NO_METHOD' | 'CONSTRUCTOR_FAILED',
  what: string,
  wanted: number,
  args: readonly unknown[],
  place: Place,
): TyphoonError {
  const count = plural(wanted, 'argument', wanted || 'no')
  return new TyphoonError(code, `${what} takes ${count}, not ${args.length}`, { where: { ...place } })
}

function noMethod(
  message: string,
  name: { readonly text: string; readonly place: Place },
  owner: object,
): TyphoonError {
  return new TyphoonError('NO_METHOD', message, {
    where: { ...name.place },
    hint: suggest(name.text, methodNames(owner)),
  })
}

/** Where the user's code has thrown, for the place of the problem is that in the YAML. */
function whereThrown(error: unknown): string | undefined {
  const place = error instanceof Error ? topmostUserPlace(error.stack) : undefined
  return place === undefined ? undefined : `thrown at ${placeText(place)}`
}

/** What user code throws becomes a problem where the argument or option stands that it names, or else at `place`. */
function attempt<T>(what: string, place: Place, args: readonly YamlValue[], call: () => T): T {
  try {
    return call()
  } catch (error) {
    const { code, message, where, hint = whereThrown(error) } = toFinding(error, 'CONSTRUCTOR_FAILED')
    const at = where.path === undefined ? undefined : placeOfPath(args, where.path)
    throw new TyphoonError(code, `${what}: ${message}`, {
      where: { ...(at ?? place) },
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}
