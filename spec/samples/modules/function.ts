/** A function that makes the definition, and a promise of it. */
import { type ConfigMap, TopologyBuilder, type TopologyDefinition } from 'typhoon'
import { WordSpout } from '../components.ts'

interface Input {
  readonly config: ConfigMap
  readonly variables: Readonly<Record<string, string>>
}

export async function topology({ config, variables }: Input): Promise<TopologyDefinition> {
  const builder = new TopologyBuilder(variables['name'] ?? 'function')
  builder.setSpout('words', () => new WordSpout(), Number(config['spouts'] ?? 1))
  return builder.createTopology()
}
