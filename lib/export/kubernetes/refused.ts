/** What of a topology cannot be on Kubernetes: whatever would silently do something else there, or nothing. */
import type { Problem } from '../../errors/typhoon-error.ts'
import { keptStateOf } from '../../nimbus/code/kept-state.ts'
import type { TopologyDefinition } from '../../topology/component/definition.ts'

/** All that is wrong; makes an instance of each spout. */
export function refusedOf(definition: TopologyDefinition, hasStorage: boolean): Problem[] {
  return [...ofSpouts(definition), ...(hasStorage ? [] : withoutStorage(definition))]
}

function ofSpouts({ topology, components }: TopologyDefinition): Problem[] {
  return Object.entries(topology.components).flatMap(([id, { kind }]) => {
    const made = kind === 'spout' ? components.get(id)!() : undefined
    if (made?.kind !== 'spout' || made.readsOnce === undefined) return []
    return [
      {
        code: 'NOT_ON_KUBERNETES' as const,
        message: `"${id}" reads ${made.readsOnce}, which no pod has`,
        where: { component: id },
        hint: 'read what every pod reaches: a queue, a database, a file on a volume',
      },
    ]
  })
}

function withoutStorage({ topology }: TopologyDefinition): Problem[] {
  return keptStateOf(topology).map(({ what, key }) => ({
    code: 'NOT_ON_KUBERNETES',
    message: `${what}, and without storage there is nowhere that all pods reach`,
    where: key === undefined ? {} : { key },
    hint: 'give the cluster a volume that all pods reach: --storage SIZE',
  }))
}

/** What is allowed and probably not meant: a sentence for each. */
export function warningsOf({ image, hasStorage }: { readonly image: string; readonly hasStorage: boolean }): string[] {
  const [, tag] = /(?::([^:/@]+)|@[\w+.:-]+)$/.exec(image) ?? []
  const isFixed = image.includes('@') || (tag !== undefined && tag !== 'latest')
  return [
    ...(isFixed ? [] : [`the image "${image}" may be another one tomorrow: name a version or a digest`]),
    ...(hasStorage
      ? []
      : ['without storage code is gone with the pods of the nimbus, and sources begin anew: for trials']),
  ]
}
