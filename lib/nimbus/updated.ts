/** What is wanted of a topology that gets other code: what a rebalance has set for its components is kept. */
import { DefinitionError } from '../errors/typhoon-error.ts'
import type { Wanted } from './record.ts'

/** @param gone components for which nothing is kept */
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
