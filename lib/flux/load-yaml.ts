/** Loads a topology from YAML. */
import { dirname } from 'node:path'
import type { Annex } from '../annex/annex.ts'
import type { Report } from '../annex/definition-report.ts'
import { Annexes } from './annexes/annexes.ts'
import { type BuiltTopology, buildTopology } from './build-topology.ts'
import type { FluxOptions } from './flux-options.ts'
import { placeMissingFile } from './place-problems.ts'
import { readTopologyYaml } from './yaml/includes.ts'
import { Variables } from './yaml/variables.ts'

/** Problems that leave a part of the definition unread: what the rest means is not judged then. */
const UNREAD: ReadonlySet<string> = new Set(['YAML_SYNTAX', 'FILE_NOT_FOUND', 'INCLUDE_CYCLE'])

/**
 * The definition, and what it was made of; all that is wrong with it goes into the report.
 * @throws DefinitionError (rejects) with all of that
 */
export async function loadYaml(
  path: string,
  shipped: readonly Annex[],
  options: FluxOptions,
  report: Report,
): Promise<BuiltTopology> {
  const annexes = new Annexes(shipped)
  const variables = new Variables({ ...options.filter, ...options.variables }, options.env ?? process.env)
  const yaml = await readTopologyYaml(path, annexes, variables, report)
  if (yaml === undefined || report.problems.some(({ code }) => UNREAD.has(code))) report.throwIfAny()
  const built = await buildTopology(yaml!, annexes, options.config ?? {}, options.aliases ?? {}, report)
  report.throwIfAny()
  if (options.checksFiles === true)
    for (const problem of built!.definition.missingFiles?.(dirname(path)) ?? [])
      report.addProblem(report.isFull ? problem : placeMissingFile(problem, yaml!))
  report.throwIfAny()
  for (const name of variables.unused().filter((one) => options.variables?.[one] !== undefined))
    report.warn(`the variable "${name}" is set and not used`)
  return built!
}
