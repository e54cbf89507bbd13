/**
 * The variables that a definition can use: those that were set, an element of a list, and the environment as
 * `ENV-NAME`.
 */

import { exactJson } from '../../util/exact-json.ts'
import { nearest } from '../../words/suggest.ts'
import { parseFlow } from './flow.ts'
import type { Missing } from './substitute.ts'

const ENV_PREFIX = 'ENV-'
const ELEMENT = /^(.+)\[(\d+)\]$/

export class Variables {
  readonly #values: ReadonlyMap<string, string>
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #used = new Set<string>()
  /** Variables of which an element was asked for, as lists. */
  readonly #lists = new Map<string, unknown>()

  constructor(values: Readonly<Record<string, string>>, env: Readonly<Record<string, string | undefined>>) {
    this.#values = new Map(Object.entries(values))
    this.#env = env
  }

  /** `name`, `list[2]` (an element of a variable that is a list), or `ENV-NAME`. */
  readonly lookup = (name: string): string | undefined => {
    this.#used.add(name)
    const value = this.#values.get(name)
    if (value !== undefined) return value
    if (name.startsWith(ENV_PREFIX)) {
      const variable = name.slice(ENV_PREFIX.length)
      return Object.hasOwn(this.#env, variable) ? this.#env[variable] : undefined
    }
    const [, list, index] = ELEMENT.exec(name) ?? []
    return list === undefined ? undefined : this.#element(list, Number(index))
  }

  /** What to do about a variable without a value. */
  hint({ name, isOpen }: Missing): string | undefined {
    if (isOpen) return undefined
    const fallback = `give a default: \${${name}:-…}`
    if (name.startsWith(ENV_PREFIX)) return `set ${name.slice(ENV_PREFIX.length)} in the environment, or ${fallback}`
    const [, list = '', index] = ELEMENT.exec(name) ?? []
    if (this.#values.has(list)) return `"${list}" must be a list with an element ${index}`
    const near = nearest(name, this.#values.keys())
    if (near === undefined) return `set it with --set ${name}=…, or ${fallback}`
    return this.#used.has(near)
      ? `did you mean "${near}"?`
      : `--set ${near} names no variable of this file; did you mean --set ${name}=…?`
  }

  /** Variables that were set and not asked for. */
  unused(): string[] {
    return [...this.#values.keys()].filter((name) => !this.#used.has(name))
  }

  #element(list: string, index: number): string | undefined {
    this.#used.add(list)
    if (!this.#lists.has(list)) this.#lists.set(list, parseFlow(this.#values.get(list) ?? ''))
    const elements = this.#lists.get(list)
    const element: unknown = Array.isArray(elements) ? elements[index] : undefined
    return typeof element === 'string' || element === undefined ? element : exactJson(element)
  }
}
