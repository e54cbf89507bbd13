/** Which functions a topology answers; by itself, so that who serves none loads no server. */
import type { Topology } from '../../index.ts'

/** The component configuration that says which function a spout serves. */
export const FUNCTION_KEY = 'drpc.function'

/** The functions that a topology serves: what the configuration of its components says. */
export function functionsOf(topology: Topology): string[] {
  const named = Object.values(topology.components).map(({ config }) => config[FUNCTION_KEY])
  return [...new Set(named.filter((name) => typeof name === 'string'))].sort()
}
