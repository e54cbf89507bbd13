/** Small topologies in a harness, for several specs of this room. */

import { TopologyBuilder } from '../../lib/topology/builder/topology-builder.ts'
import type { OutputCollector } from '../../lib/topology/component/collectors.ts'
import type { ConfigMap } from '../../lib/topology/config/config.ts'
import type { Tuple } from '../../lib/tuple/tuple.ts'
import { type Harness, harness, type ScriptBasicBolt, ScriptBolt, ScriptSpout } from './harness.ts'

export type Execute = (tuple: Tuple, out: OutputCollector) => void | Promise<void>

export const ackOnly: Execute = (tuple, out) => out.ack(tuple)

/** words → bolt → two tasks of sink. */
export async function runEmitting(
  execute: Execute,
  sink: Execute = ackOnly,
): Promise<Harness & { source: ScriptSpout }> {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('emitting')
  builder.setSpout('words', () => source)
  builder.setBolt('bolt', () => new ScriptBolt(execute)).grouping('words', 'default', { type: 'shuffle' })
  builder.setBolt('sink', () => new ScriptBolt(sink), 2).grouping('bolt', 'default', { type: 'all' })
  const it = await harness(builder.createTopology())
  it.activate()
  return Object.assign(it, { source })
}

export function emitWords(source: ScriptSpout, ...ids: unknown[]): void {
  for (const id of ids) source.script.push((out) => out.emit([`word ${id}`], id))
}

/** words → bolt, which keeps every tuple until the test settles it. */
export async function runHolding(config: ConfigMap = {}, incarnation = 1) {
  const source = new ScriptSpout()
  const held: Tuple[] = []
  const builder = new TopologyBuilder('spouts', config)
  builder.setSpout('words', () => source)
  builder
    .setBolt('bolt', () => new ScriptBolt((tuple) => void held.push(tuple)))
    .grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology(), { incarnation })
  it.activate()
  const emit = (...ids: unknown[]): void => {
    for (const id of ids) source.script.push((out) => out.emit([id], id))
  }
  const take = (id: unknown): Tuple =>
    held.splice(
      held.findIndex((tuple) => tuple.values[0] === id),
      1,
    )[0]!
  return Object.assign(it, {
    source,
    held,
    emit,
    ack(id: unknown): void {
      it.bolt('bolt').ack(take(id))
      it.settle()
    },
    fail(id: unknown): void {
      it.bolt('bolt').fail(take(id), new Error(`no ${id}`))
      it.settle()
    },
  })
}

/** Lets promises go on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** words → bolt, with as many roots in flight as there are ids. */
export async function runBolt(bolt: ScriptBolt | ScriptBasicBolt, ids: readonly unknown[], concurrency = 1) {
  const source = new ScriptSpout()
  const builder = new TopologyBuilder('bolts')
  builder.setSpout('words', () => source)
  builder
    .setBolt('bolt', () => bolt)
    .setConcurrency(concurrency)
    .grouping('words', 'default', { type: 'shuffle' })
  const it = await harness(builder.createTopology())
  it.activate()
  for (const id of ids) source.script.push((out) => out.emit([id], id))
  return Object.assign(it, { source })
}

/** Promises that the test settles by hand. */
export class Promises {
  readonly open: { value: unknown; resolve: () => void; reject: (error: unknown) => void }[] = []

  make(tuple: Tuple): Promise<void> {
    return new Promise((resolve, reject) => this.open.push({ value: tuple.values[0], resolve, reject }))
  }
}
