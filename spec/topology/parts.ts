/** Spouts, bolts and plain topologies for the specs of this room. */
import type { Problem } from '../../lib/errors/typhoon-error.ts'
import { BasicBolt, Bolt, Spout } from '../../lib/topology/component/component.ts'
import { direct, type Streams } from '../../lib/topology/component/outputs.ts'
import type { ComponentSpec, GroupingSpec, StreamSpec, Topology } from '../../lib/topology/topology.ts'
import { fields } from '../../lib/tuple/fields.ts'

export interface Word {
  word: string
}

export interface WordCount {
  word: string
  count: number
}

export class WordSpout extends Spout<Word> {
  override readonly outputs = fields<Word>('word')
  nextTuple(): void {}
}

export class CountBolt extends BasicBolt<Word, WordCount> {
  override readonly outputs = fields<WordCount>('word', 'count')
  execute(): void {}
}

/** Takes nothing but counts, and emits nothing. */
export class SumBolt extends Bolt<WordCount> {
  execute(): void {}
}

/** Takes anything. */
export class AnyBolt extends BasicBolt {
  execute(): void {}
}

export type Several = Streams<{ words: Word; counts: WordCount; replies: Word }>

/** Two streams with names, a direct one, and none that is called default. */
export class SeveralSpout extends Spout<Several> {
  override readonly outputs = {
    words: fields<Word>('word'),
    counts: fields<WordCount>('word', 'count'),
    replies: direct(fields<Word>('word')),
  }
  nextTuple(): void {}
}

/** A spout with the default stream of these fields, as plain data. */
export function spout(more: Partial<ComponentSpec> = {}): ComponentSpec {
  return {
    kind: 'spout',
    outputs: { default: stream('word') },
    inputs: [],
    parallelism: 1,
    config: {},
    ...more,
  }
}

/** A bolt that groups the default stream of `source`, as plain data. */
export function bolt(
  source: string,
  grouping: GroupingSpec = { type: 'shuffle' },
  more: Partial<ComponentSpec> = {},
): ComponentSpec {
  const inputs = [{ component: source, stream: 'default', grouping }]
  return { kind: 'bolt', outputs: {}, inputs, parallelism: 1, config: {}, ...more }
}

export function stream(...names: string[]): StreamSpec {
  return { fields: names, direct: false }
}

export function topologyOf(
  components: Readonly<Record<string, ComponentSpec>>,
  more: Partial<Topology> = {},
): Topology {
  return { name: 'test', config: {}, components, ...more }
}

/** The codes with the components they were found in. */
export function brief(problems: readonly Problem[]): string[] {
  return problems.map(({ code, where }) => (where.component === undefined ? code : `${code} ${where.component}`))
}
