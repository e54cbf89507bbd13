/**
 * A story is told several times: in one worker, in one that sends every tuple through the codec, and over slow links.
 */
import test, { type ExecutionContext } from 'ava'
import type { ConfigMap } from '../../lib/index.ts'
import type { LocalClusterOptions } from '../../lib/testing/index.ts'

export interface Setup {
  /** Of the topology. */
  readonly config: ConfigMap
  readonly cluster: LocalClusterOptions
}

const SETUPS: readonly (readonly [string, Setup])[] = [
  ['in one worker', { config: { 'topology.workers': 1 }, cluster: { seed: 11 } }],
  [
    'in one worker through the codec',
    { config: { 'topology.workers': 1, 'topology.testing.always.try.serialize': true }, cluster: { seed: 12 } },
  ],
  ['over three workers', { config: { 'topology.workers': 3 }, cluster: { seed: 13, minDelayMs: 1, maxDelayMs: 30 } }],
]

export function story(title: string, tell: (t: ExecutionContext, setup: Setup) => Promise<void>): void {
  for (const [where, setup] of SETUPS) test(`${title}, ${where}`, (t) => tell(t, setup))
}
