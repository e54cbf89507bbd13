/**
 * Which lines of its components a worker logs: those of the level that their configuration wants and of graver ones,
 * unless the nimbus has said another level for the component, or for all.
 */
import type { LevelWanted, LogRecord } from '../../messaging/control.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'
import type { ComponentId } from '../../tuple/ids.ts'
import { isAtLeast, type LogLevel } from '../../util/log-levels.ts'

export class LogGate {
  readonly #configOf: (component: ComponentId) => ResolvedConfig
  readonly #byConfig = new Map<ComponentId, LogLevel>()
  #forAll: LogLevel | undefined
  #byComponent: ReadonlyMap<ComponentId, LogLevel> = new Map()

  /** @param configOf the configuration of a component */
  constructor(configOf: (component: ComponentId) => ResolvedConfig, levels: readonly LevelWanted[] = []) {
    this.#configOf = configOf
    this.set(levels)
  }

  /** From now on; those from before count no more. */
  set(levels: readonly LevelWanted[]): void {
    this.#forAll = levels.findLast(({ component }) => component === undefined)?.level
    this.#byComponent = new Map(
      levels.flatMap(({ component, level }) => (component === undefined ? [] : [[component, level]])),
    )
  }

  /** Whether a line is wanted. What no component says always is. */
  passes({ component, level }: LogRecord): boolean {
    if (component === undefined) return true
    return isAtLeast(level, this.#byComponent.get(component) ?? this.#forAll ?? this.#configured(component))
  }

  #configured(component: ComponentId): LogLevel {
    const known = this.#byConfig.get(component)
    if (known !== undefined) return known
    const config = this.#configOf(component)
    // Whoever asks for each tuple that is emitted wants to see it.
    // Its choices are checked before anything runs.
    const level = config['topology.debug'] ? 'debug' : (config['topology.log.level'] as LogLevel)
    this.#byConfig.set(component, level)
    return level
  }
}
