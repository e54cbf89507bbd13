/** What the tasks of one worker share by name: connections, caches, whatever is dear to make. */
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import type { HandedResources } from '../../../topology/component/handed-resources.ts'
import { HANDED_RESOURCE } from '../../../tuple/system-ids.ts'

export class Resources {
  readonly #byName: Map<string, unknown>
  /** Who is told that there are others. */
  readonly #watchers: (() => void)[] = []

  /** @param handed what the run gives to all of its workers */
  constructor(handed: Readonly<Record<string, unknown>> = {}) {
    this.#byName = new Map(Object.entries(handed))
    this.#byName.set(HANDED_RESOURCE, {
      onChange: (call) => void this.#watchers.push(call),
    } satisfies HandedResources)
  }

  /** The run gives others, in place of those of the same names. */
  handAgain(handed: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(handed)) this.#byName.set(name, value)
    for (const tell of this.#watchers) tell()
  }

  /**
   * The resource of that name, made at the first call.
   * @throws COMPONENT_FAILED where there is none and no way to make it
   */
  resource<T>(name: string, create?: () => T): T {
    if (!this.#byName.has(name)) {
      if (create === undefined) {
        throw new TyphoonError('COMPONENT_FAILED', `the worker has no resource "${name}"`, {
          hint: 'set it in a worker hook, or say how to make it',
        })
      }
      this.#byName.set(name, create())
    }
    return this.#byName.get(name) as T
  }

  setResource(name: string, value: unknown): void {
    this.#byName.set(name, value)
  }

  /** Both, to be called on their own. */
  bound(): Pick<Resources, 'resource' | 'setResource'> {
    return {
      resource: (name, create) => this.resource(name, create),
      setResource: (name, value) => this.setResource(name, value),
    }
  }
}
