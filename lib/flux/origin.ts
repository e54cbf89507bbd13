/**
 * What a file in YAML has made a topology of, for who makes its components elsewhere, without the file, or finds
 * something wrong with it later.
 */
import { mapAt, type Place, type YamlMap } from '../annex/yaml-value.ts'
import { type Problem, worded } from '../errors/typhoon-error.ts'
import type { Beans } from './beans/beans.ts'
import type { ClassPlace } from './beans/resolve-class.ts'
import { placeProblem } from './place-problems.ts'
import type { StreamEntries } from './read-streams.ts'
import type { TopologyYaml } from './yaml/includes.ts'

/** The origin of a definition. */
export class YamlOrigin {
  readonly #yaml: TopologyYaml
  readonly #streams: StreamEntries
  readonly #beans: Beans

  constructor(yaml: TopologyYaml, streams: StreamEntries, beans: Beans) {
    this.#yaml = yaml
    this.#streams = streams
    this.#beans = beans
  }

  /** What makes the whole topology, where one thing does. */
  get topologySource(): YamlMap | undefined {
    return this.#yaml.topologySource
  }

  /** The objects that components refer to, by id. */
  get components(): ReadonlyMap<string, YamlMap> {
    return this.#yaml.components
  }

  /** The bean of a spout or a bolt. */
  vertex(id: string): YamlMap | undefined {
    return this.#yaml.spouts.get(id) ?? this.#yaml.bolts.get(id)
  }

  /** What the className of a bean names, as it is. */
  named(bean: YamlMap): unknown {
    return this.#beans.named(bean)
  }

  /** Where that stands; undefined where it is the bare name of a component. */
  placeOf(bean: YamlMap): ClassPlace | undefined {
    return this.#beans.placeOf(bean)
  }

  /** A problem of the finished topology, with its place in the file. */
  placed(problem: Problem): Problem {
    const { component, key } = problem.where
    const place = key === undefined ? undefined : this.#placeOfKey(component, key)
    if (place !== undefined) return { ...problem, where: { ...problem.where, ...place } }
    return worded('yaml', placeProblem(problem, this.#yaml, this.#streams, new Set()) ?? problem)
  }

  #placeOfKey(component: string | undefined, key: string): Place | undefined {
    const vertex = component === undefined ? undefined : this.vertex(component)
    const config = component === undefined ? this.#yaml.config : vertex && mapAt(vertex, 'config')?.entries
    return config?.get(key)?.key
  }
}
