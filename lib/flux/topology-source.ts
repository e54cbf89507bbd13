/** `topologySource`: an object with a method that makes the topology. */
import type { Report } from '../annex/definition-report.ts'
import { placeOf, textAt, type YamlMap } from '../annex/yaml-value.ts'
import { DefinitionError, messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import { wordsIn } from '../errors/wording.ts'
import type { TopologyDefinition } from '../topology/component/definition.ts'
import type { ConfigMap } from '../topology/config/config.ts'
import { methodNames } from '../util/signature.ts'
import { suggest } from '../words/suggest.ts'
import type { Beans } from './beans/beans.ts'
import { definitionOf, whyNoDefinition } from './definitions.ts'

const DEFAULT_METHOD = 'getTopology'

/** Calls the method with the configuration. `undefined` where it gives no topology, which is reported. */
export async function callTopologySource(
  source: YamlMap,
  beans: Beans,
  config: ConfigMap,
  report: Report,
): Promise<TopologyDefinition | undefined> {
  const made = beans.probe(source)
  if (made === undefined) return undefined
  const name = textAt(source, 'methodName')?.text ?? DEFAULT_METHOD
  const place = placeOf(source, 'methodName', 'className')
  const method = (Object(made) as Record<string, unknown>)[name]
  if (typeof method !== 'function') {
    report.add(
      'NO_METHOD',
      `the topology source has no method "${name}"`,
      place,
      suggest(name, methodNames(Object(made))),
    )
    return undefined
  }
  try {
    const topology: unknown = await method.call(made, config)
    const definition = definitionOf(topology)
    if (definition !== undefined) return saidInCode(definition)
    report.add('NO_TOPOLOGY', `"${name}" returned no topology`, place, whyNoDefinition(topology))
  } catch (error) {
    if (error instanceof DefinitionError) for (const problem of error.problems) report.addProblem(problem)
    else if (error instanceof TyphoonError) report.add(error.code, `"${name}": ${error.message}`, place, error.hint)
    else report.add('MODULE_FAILED', `"${name}" failed: ${messageOf(error)}`, place)
  }
  return undefined
}

/** Code has made it, so its warnings are in the words of code; as the problems are that it throws. */
function saidInCode(definition: TopologyDefinition): TopologyDefinition {
  const { warningsWith } = definition
  if (warningsWith === undefined) return definition
  return { ...definition, warningsWith: (config) => warningsWith(config).map((one) => wordsIn('code', one)) }
}
