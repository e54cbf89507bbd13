/** What everything of one cluster on Kubernetes is called, and the labels by which its parts find each other. */
import { TyphoonError } from '../../../errors/typhoon-error.ts'

/** A longer name would leave no room for what Kubernetes appends to it: numbers of pods, hashes of revisions. */
const LONGEST = 40

/** An object of Kubernetes. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly [more: string]: unknown
}

interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly labels: Readonly<Record<string, string>>
}

/** One of the two programs. */
export type Part = 'nimbus' | 'worker'

/** Names in one cluster. */
export class Names {
  /** Of the cluster: the Lease, the network policy, the prefix of all others. */
  readonly cluster: string
  readonly #namespace: string | undefined

  /** @throws NOT_ON_KUBERNETES where it is not a name that Kubernetes can have */
  constructor(cluster: string, namespace: string | undefined) {
    checkName('the name of the cluster', cluster, '--name', LONGEST)
    if (namespace !== undefined) checkName('the namespace', namespace, '--namespace', 63)
    this.cluster = cluster
    this.#namespace = namespace
  }

  /** `words-nimbus` */
  of(suffix: string): string {
    return `${this.cluster}-${suffix}`
  }

  /** By which a part is chosen; never changed, for Kubernetes does not let a selector change. */
  selector(part?: Part): Record<string, string> {
    return {
      'app.kubernetes.io/name': 'typhoon',
      'app.kubernetes.io/instance': this.cluster,
      ...(part === undefined ? {} : { 'app.kubernetes.io/component': part }),
    }
  }

  metadata(name: string, part?: Part): Metadata {
    const namespace = this.#namespace === undefined ? {} : { namespace: this.#namespace }
    return { name, ...namespace, labels: { ...this.selector(part), 'app.kubernetes.io/managed-by': 'typhoon-export' } }
  }
}

/** The nearest name that Kubernetes can have to that of a topology. */
export function clusterNameOf(topology: string): string {
  return topology
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '')
}

function checkName(what: string, name: string, flag: string, most: number): void {
  if (/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name) && name.length <= most) return
  throw new TyphoonError('NOT_ON_KUBERNETES', `${what} would be "${name}", which Kubernetes does not take`, {
    hint: `${flag} NAME: small letters a to z, digits and hyphens, a letter first, at most ${most} characters`,
  })
}
