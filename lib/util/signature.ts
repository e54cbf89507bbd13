/**
 * What a function takes, as far as it can be known: JavaScript itself tells the number of parameters without a default
 * alone.
 */

type AnyFunction = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown)

/** Whether it wants `new`: a class, or a constructor of the older kind, which has methods on its prototype. */
export function isClass(value: AnyFunction): boolean {
  if (/^class\b/.test(sourceOf(value))) return true
  const prototype: unknown = value.prototype
  return typeof prototype === 'object' && prototype !== null && Object.getOwnPropertyNames(prototype).length > 1
}

/**
 * How many arguments a function or constructor takes at most; infinite where that is open (rest, default or
 * destructured parameters, use of `arguments`) or cannot be known.
 */
export function mostArguments(value: AnyFunction): number {
  const source = sourceOf(value)
  const isFunction = !/^class\b/.test(source)
  if (/\barguments\b/.test(source)) return Number.POSITIVE_INFINITY
  const list = isFunction ? /\(/.exec(source) : /\bconstructor\s*\(/.exec(source)
  if (list === null) return isFunction ? Number.POSITIVE_INFINITY : mostOfParent(value)
  const parameters = parametersAt(source, list.index + list[0].length)
  // What was found is believed only where it agrees with what JavaScript tells.
  return parameters === value.length ? parameters : Number.POSITIVE_INFINITY
}

/** A class without a constructor of its own passes everything to its parent's. */
function mostOfParent(value: AnyFunction): number {
  const parent: unknown = Object.getPrototypeOf(value)
  return parent === Function.prototype || typeof parent !== 'function' ? 0 : mostArguments(parent as AnyFunction)
}

/** Number of the plain parameters up to the closing parenthesis; `undefined` where one of them is not plain. */
function parametersAt(source: string, from: number): number | undefined {
  const end = source.indexOf(')', from)
  const parameters = source.slice(from, end)
  if (end < 0 || /[=.{[('"`/]/.test(parameters)) return undefined
  return parameters.split(',').filter((parameter) => parameter.trim() !== '').length
}

function sourceOf(value: AnyFunction): string {
  return Function.prototype.toString.call(value)
}

/** Names of the methods of an object, its class's and its parents'. */
export function methodNames(value: object): string[] {
  const names = new Set<string>()
  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    if (owner === Function.prototype) break
    for (const name of Object.getOwnPropertyNames(owner)) {
      const { value: member } = Object.getOwnPropertyDescriptor(owner, name) ?? {}
      if (typeof member === 'function' && name !== 'constructor') names.add(name)
    }
  }
  return [...names]
}
