/**
 * Lets a spout emit no faster than so many tuples a second, so that its input lasts for as long as it is to be
 * disturbed. What was not emitted while it was hindered is made up for.
 */
import type { Component, Spout, SpoutOutputCollector, TaskContext } from '../../index.ts'

/** @param perSecond of one task */
export function paced(spout: Component, perSecond: number): Component {
  if (spout.kind !== 'spout') return spout
  let emitted = 0
  let now = (): number => 0
  let began = 0
  const { open, nextTuple } = spout as Spout & { open: NonNullable<Spout['open']> }
  put(spout, 'open', (context: TaskContext, collector: SpoutOutputCollector) => {
    now = () => context.now()
    began = now()
    for (const name of ['emit', 'emitDirect'] as const) {
      const emit = collector[name] as (...args: unknown[]) => unknown
      put(collector, name, (...args: unknown[]) => {
        emitted++
        return emit.apply(collector, args)
      })
    }
    return open?.call(spout, context, collector)
  })
  put(spout, 'nextTuple', () => {
    if (emitted <= ((now() - began) / 1000) * perSecond) return nextTuple.call(spout)
  })
  return spout
}

function put(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
}
