/**
 * Where event time comes from, as a spout or a bolt of a file says it: settings, and in the place of a field a function
 * of the tuple, which is named as a class is (`./module.ts#export`) and not called but handed on.
 */
import type { BeanFactory } from '../annex/annex.ts'
import type { Report } from '../annex/definition-report.ts'
import { mapAt, plain, textAt, type YamlMap } from '../annex/yaml-value.ts'
import type { Timestamps } from '../topology/component/timestamps.ts'
import { isClass } from '../util/signature.ts'

/** By component: a bean whose className is the extractor of its timestamps. */
export type Extractors = ReadonlyMap<YamlMap, YamlMap>

/** The extractors that are named; to be loaded as beans are. */
export function extractorsOf(vertices: Iterable<YamlMap>): Extractors {
  const extractors = new Map<YamlMap, YamlMap>()
  for (const vertex of vertices) {
    const entry = mapAt(vertex, 'timestamps')?.entries.get('extractor')
    if (entry !== undefined)
      extractors.set(vertex, { kind: 'map', place: entry.value.place, entries: new Map([['className', entry]]) })
  }
  return extractors
}

/**
 * The timestamps of a component: what has the right type of them, for all else was reported with the shape of the file.
 * @returns undefined where it has none, or its extractor is none, which is reported
 */
export function timestampsOf(
  vertex: YamlMap,
  extractors: Extractors,
  beans: BeanFactory,
  report: Report,
): Timestamps | undefined {
  const map = mapAt(vertex, 'timestamps')
  if (map === undefined) return undefined
  const settings = Object.entries(plain(map) as Record<string, unknown>).filter(([key, value]) => isSetting(key, value))
  const bean = extractors.get(vertex)
  if (bean === undefined) return Object.fromEntries(settings)
  if (!beans.isLoaded(bean)) return undefined
  const extractor = beans.named(bean)
  if (typeof extractor === 'function' && !isClass(extractor as () => unknown))
    return { ...Object.fromEntries(settings), extractor: extractor as NonNullable<Timestamps['extractor']> }
  const { text, place } = textAt(bean, 'className')!
  report.add('BAD_CONFIG', `${text} is not a function of a tuple that returns its timestamp`, place)
  return undefined
}

function isSetting(key: string, value: unknown): boolean {
  if (key === 'extractor') return false
  return typeof value === (key === 'field' || key === 'partition' ? 'string' : 'number')
}
