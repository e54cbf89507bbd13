/**
 * What stands for a bolt without being one: a windowed bolt, whose `execute` gets windows and not tuples. The bolt that
 * it makes is run in its place. Storm's TopologyBuilder does so, too (`WindowedBoltExecutor`).
 */
import type { AnyBolt } from './component.ts'

/** What makes the bolt that is run in its place. */
export interface BoltMaker<B extends AnyBolt = AnyBolt> {
  /** @throws what is wrong with it */
  toBolt(): B
}

/** The bolt itself, or the one that is run in its place. */
export type BoltOf<C> = C extends BoltMaker<infer B> ? B : C

/** The bolt that is run. */
export function boltOf<C extends AnyBolt | BoltMaker>(made: C): BoltOf<C> {
  const maker = Object(made) as Partial<BoltMaker>
  return (typeof maker.toBolt === 'function' ? maker.toBolt() : made) as BoltOf<C>
}
