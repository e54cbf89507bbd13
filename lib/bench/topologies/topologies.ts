/** The topologies of the benchmark, by name; loaded by the workers as any topology file is: `--set topology=NAME`. */

import { type ConfigMap, fields, TopologyBuilder, type TopologyDefinition } from '../../index.ts'
import { ShellBolt } from '../../multilang/index.ts'
import { Prng } from '../../util/prng.ts'
import {
  ConstSpout,
  CountWords,
  DevNullBolt,
  HoldingBolt,
  IdBolt,
  type Item,
  LinesSpout,
  PacedSpout,
  SlowBolt,
  SplitSentence,
} from './components.ts'
import { exactTopology } from './exact-topologies.ts'
import { SHELL_COMMANDS } from './shell-commands.ts'
import { tridentTopology } from './trident-topologies.ts'
import { windowTopology } from './window-topologies.ts'

interface Input {
  readonly config: ConfigMap
  readonly variables: Readonly<Record<string, string>>
}

type Declare = (
  builder: TopologyBuilder,
  numbers: (name: string, otherwise: number) => number,
  variables: Readonly<Record<string, string>>,
) => void

const DECLARATIONS: Readonly<Record<string, Declare>> = {
  'word-count'(builder, number) {
    const workers = number('workers', 1)
    const lines = builder.setSpout('lines', () => new LinesSpout(), workers)
    const split = builder.setBolt('split', () => new SplitSentence(), workers).localOrShuffleGrouping(lines)
    builder.setBolt('count', () => new CountWords(), workers).fieldsGrouping(split, ['word'])
  },
  'const-spout-only'(builder) {
    builder.setSpout('const', () => new ConstSpout())
  },
  'const-spout-null-bolt'(builder) {
    const source = builder.setSpout('const', () => new ConstSpout())
    builder.setBolt('null', () => new DevNullBolt()).shuffleGrouping(source)
  },
  'const-spout-id-bolt-null-bolt'(builder) {
    const source = builder.setSpout('const', () => new ConstSpout())
    const id = builder.setBolt('id', () => new IdBolt()).localOrShuffleGrouping(source)
    builder.setBolt('null', () => new DevNullBolt()).localOrShuffleGrouping(id)
  },
  'file-read-word-count'(builder) {
    const lines = builder.setSpout('lines', () => new LinesSpout(randomLines()))
    const split = builder.setBolt('split', () => new SplitSentence(), 2).localOrShuffleGrouping(lines)
    builder.setBolt('count', () => new CountWords(), 2).fieldsGrouping(split, ['word'])
  },
  'throughput-vs-latency'(builder, number) {
    const lines = builder.setSpout('lines', () => new PacedSpout(number('rate', 1000), number('warmUpMs', 2000)))
    const split = builder.setBolt('split', () => new SplitSentence()).shuffleGrouping(lines)
    builder.setBolt('count', () => new CountWords()).fieldsGrouping(split, ['word'])
  },
  'pending-roots'(builder, number) {
    const source = builder.setSpout('const', () => new ConstSpout())
    builder.setBolt('hold', () => new HoldingBolt(number('roots', 1_000_000))).shuffleGrouping(source)
  },
  'slow-bolt'(builder, number) {
    const source = builder.setSpout('const', () => new ConstSpout())
    builder.setBolt('slow', () => new SlowBolt(number('ms', 1))).shuffleGrouping(source)
  },
  shell(builder, _number, { command }) {
    const source = builder.setSpout('const', () => new ConstSpout())
    const shell = builder
      .setBolt('shell', () => new ShellBolt<Item, Item>(SHELL_COMMANDS[command!]!, { outputs: fields<Item>('str') }))
      .shuffleGrouping(source)
    builder.setBolt('null', () => new DevNullBolt()).shuffleGrouping(shell)
  },
}

/** 1 MiB of lines of ten words out of some thousand, the same in every process; storm-perf reads them from a file. */
function randomLines(): string[] {
  const random = new Prng(1)
  const words = Array.from({ length: 2000 }, () =>
    Array.from({ length: 2 + random.below(9) }, () => String.fromCharCode(97 + random.below(26))).join(''),
  )
  const line = (): string => Array.from({ length: 10 }, () => words[random.below(words.length)]).join(' ')
  return Array.from({ length: 15_000 }, line)
}

/** The topology that the variable `topology` names. */
export default function topology({ config, variables }: Input): TopologyDefinition {
  const name = variables['topology'] ?? ''
  const inBatches = tridentTopology(name, config, variables)
  if (inBatches !== undefined) return inBatches
  const other = exactTopology(name, variables) ?? windowTopology(name)
  if (other !== undefined) return other
  const builder = new TopologyBuilder(name)
  DECLARATIONS[name]?.(builder, (variable, otherwise) => Number(variables[variable] ?? otherwise), variables)
  return builder.createTopology()
}
