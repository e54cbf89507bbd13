/** Topologies whose spout and bolt are children, and what they have logged. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { program } from './real-task.ts'

const WRAPPERS = 'org.apache.storm.flux.wrappers'

/** What a topology is made of; the programs of its children begin with the prelude of `real-task.ts`. */
export interface Children {
  /** Emits numbers, in the field `n`. */
  readonly spout: string
  /** Emits them again; unless it is given it acks what it gets. */
  readonly bolt?: string
  readonly config?: Readonly<Record<string, unknown>>
  /** The configuration of the spout: names and values. */
  readonly spoutConfig?: readonly (readonly [string, unknown])[]
}

/** Its file: such a spout, this bolt, and a log behind it. */
export function topologyOfChildren(
  t: ExecutionContext,
  { spout, bolt = 'hear(echo)', config = {}, spoutConfig = [] }: Children,
): string {
  const definition = {
    name: 'shells',
    config,
    spouts: [
      {
        id: 'numbers',
        className: `${WRAPPERS}.spouts.FluxShellSpout`,
        constructorArgs: [program(spout), ['n']],
        configMethods: spoutConfig.map((args) => ({ name: 'addComponentConfig', args })),
      },
    ],
    bolts: [
      { id: 'echo', className: `${WRAPPERS}.bolts.FluxShellBolt`, constructorArgs: [program(bolt), ['n']] },
      { id: 'log', className: `${WRAPPERS}.bolts.LogInfoBolt` },
    ],
    streams: [
      { from: 'numbers', to: 'echo', grouping: { type: 'SHUFFLE' } },
      { from: 'echo', to: 'log', grouping: { type: 'SHUFFLE' } },
    ],
  }
  const folder = folderOf(t, { 'topology.yaml': JSON.stringify(definition) })
  mkdirSync(join(folder, 'resources'))
  return join(folder, 'topology.yaml')
}

/** The numbers that the last bolt has logged, each as often as that. */
export function loggedNumbers(stderr: string): number[] {
  return [...stderr.matchAll(/log\[\d+\]: echo \{ n: (\d+) \}/g)].map((match) => Number(match[1])).sort((a, b) => a - b)
}
