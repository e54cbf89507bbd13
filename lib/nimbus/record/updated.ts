/** What is wanted of a topology that is changed. */
import { DefinitionError } from '../../errors/typhoon-error.ts'
import type { Size, Wanted } from './record.ts'

/** Of another size; what a rebalance has set before, and this one does not name, stays. */
export function resized(before: Wanted, { workers, parallelism }: Size): Wanted {
  const processes = workers === undefined ? {} : { workers }
  return { ...before, ...processes, parallelism: { ...before.parallelism, ...parallelism } }
}

/** With other code. What a rebalance has set for its components is kept. @param gone those for which it is not */
export function updated({ parallelism = {}, ...before }: Wanted, wanted: Wanted, gone: readonly string[]): Wanted {
  const left = Object.entries(parallelism).filter(([component]) => !gone.includes(component))
  return { ...before, ...wanted, parallelism: Object.fromEntries(left) }
}

/** The components that an error is about, all of which a rebalance has named. */
export function goneIn(error: unknown, parallelism: Readonly<Record<string, number>> = {}): string[] {
  const problems = error instanceof DefinitionError ? error.problems : []
  const names = problems.map(({ code, where }) => (code === 'UNKNOWN_COMPONENT' ? where.component : undefined))
  const known = names.filter((name): name is string => name !== undefined && Object.hasOwn(parallelism, name))
  return known.length === problems.length ? known : []
}
