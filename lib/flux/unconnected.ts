/**
 * Bolts that no stream leads to. Storm's Flux builds a topology without them and says nothing; here it is said, and
 * done in files that come from Storm.
 */
import { extname } from 'node:path'
import type { Report } from '../annex/definition-report.ts'
import { mapAt, placeOf, textAt, type YamlMap } from '../annex/yaml-value.ts'
import type { ConfigMap } from '../topology/config/config.ts'
import type { StreamEntries } from './read-streams.ts'
import { isJavaClass } from './storm/java-classes.ts'
import type { TopologyYaml } from './yaml/includes.ts'

const TICKS = 'topology.tick.tuple.freq.secs'

/**
 * The file without them, where it comes from Storm: it names a class of Java, or is called `.flux`. Each is warned of.
 */
export function withoutUnconnected(
  yaml: TopologyYaml,
  streams: StreamEntries,
  config: ConfigMap,
  ticks: (bolt: YamlMap) => boolean,
  report: Report,
): TopologyYaml {
  if (!comesFromStorm(yaml) || yaml.lost.has('streams')) return yaml
  const connected = new Set(streams.entries.flatMap(({ from, to }) => [from, to]))
  const bolts = new Map(yaml.bolts)
  for (const [id, bolt] of yaml.bolts) {
    if (connected.has(id) || streams.meant.has(id)) continue
    const own = mapAt(bolt, 'config')
    if ((own?.entries.has(TICKS) ?? false) || config[TICKS] !== undefined || ticks(bolt)) continue
    bolts.delete(id)
    report.warn(
      `no stream leads to the bolt "${id}": the topology is built without it, as by Storm`,
      placeOf(bolt, 'id'),
    )
  }
  return { ...yaml, bolts }
}

function comesFromStorm(yaml: TopologyYaml): boolean {
  if (extname(yaml.place.file) === '.flux') return true
  const all = [...yaml.spouts.values(), ...yaml.bolts.values(), ...yaml.components.values()]
  return all.some((bean) => isJavaClass(textAt(bean, 'className')?.text ?? ''))
}
