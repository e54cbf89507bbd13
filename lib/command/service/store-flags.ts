/** The options by which a nimbus says where it meets others of its cluster. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { messageOf, type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import { inCluster } from '../../kubernetes-api/in-cluster.ts'
import type { Tls } from '../../net/tls.ts'
import { endpointsOf } from '../../nimbus/leadership/etcd/etcd-address.ts'
import { EtcdLeadership } from '../../nimbus/leadership/etcd/etcd-leadership.ts'
import { SeenFile } from '../../nimbus/leadership/etcd/seen-file.ts'
import { KubernetesLeadership, leaseTimes } from '../../nimbus/leadership/kubernetes/kubernetes-leadership.ts'
import type { Leadership } from '../../nimbus/leadership/leadership.ts'
import type { Clock } from '../../util/time/clock.ts'

/** The namespace of Kubernetes that this process is a pod of. */
export const KUBERNETES = 'kubernetes'

export interface StoreFlags {
  readonly store?: string
  readonly name: string
  readonly cluster: string
  readonly storeLease: number
  readonly storeCa?: string
  readonly storeCert?: string
  readonly storeKey?: string
  readonly storeUser?: string
  readonly storePasswordFile?: string
  readonly acceptRestoredStore?: boolean
}

const DEFAULT_LEASE_SECS = 5
const LEAST_LEASE_SECS = 2
const LONGEST_LEASE_SECS = 3600

/** Adds the options of `StoreFlags`. */
export function takesStore(command: Command): Command {
  return command
    .option(
      '--store <url>',
      'etcd:URL,URL…, or kubernetes: where several nimbuses meet; it is the only one unless given',
      parseStore,
    )
    .option('--name <name>', 'its name among them', hostname().replace(/[^\w.-]/g, '-'))
    .option('--cluster <name>', 'name of the cluster in the store', 'main')
    .option(
      '--store-lease <secs>',
      'a leader of which nothing is heard for so long is followed',
      parseLease,
      DEFAULT_LEASE_SECS,
    )
    .option('--store-ca <file>', 'certificate of the authority of the store; those of the system unless given')
    .option('--store-cert <file>', 'certificate that is shown to the store')
    .option('--store-key <file>', 'its key')
    .option('--store-user <name>', 'user of the store')
    .option('--store-password-file <file>', 'file of the password of that user')
    .option('--accept-restored-store', 'lead the store as it is, though it lacks what was in it before')
}

/** @throws USAGE, BAD_CONFIG, STATE_CORRUPT (rejects) */
export async function leadershipOf(
  flags: StoreFlags & { readonly store: string },
  directory: string,
  clock: Clock,
  onTrouble: (problem: Problem) => void,
): Promise<Leadership> {
  if (flags.store === KUBERNETES) return kubernetesLeadership(flags, clock)
  const { store, storeUser: user, storePasswordFile: passwordFile } = flags
  if ((user === undefined) !== (passwordFile === undefined))
    throw new TyphoonError('USAGE', '--store-user and --store-password-file go together')
  return new EtcdLeadership({
    endpoints: endpointsOf(store),
    tls: await tlsOf(flags),
    user: user === undefined || passwordFile === undefined ? undefined : { name: user, passwordFile },
    cluster: flags.cluster,
    leaseSeconds: flags.storeLease,
    seen: await SeenFile.open(join(directory, 'seen.json')),
    acceptsRestored: flags.acceptRestoredStore === true,
    clock,
    newName: randomUUID,
    onTrouble,
  })
}

async function kubernetesLeadership({ cluster, storeLease }: StoreFlags, clock: Clock): Promise<Leadership> {
  const access = await inCluster(process.env)
  return new KubernetesLeadership({ access, cluster, clock, times: leaseTimes(storeLease) })
}

async function tlsOf({ storeCa, storeCert, storeKey }: StoreFlags): Promise<Partial<Tls>> {
  if ((storeCert === undefined) !== (storeKey === undefined))
    throw new TyphoonError('USAGE', '--store-cert and --store-key go together')
  return {
    ...(storeCa === undefined ? {} : { ca: await contentOf(storeCa) }),
    ...(storeCert === undefined ? {} : { cert: await contentOf(storeCert) }),
    ...(storeKey === undefined ? {} : { key: await contentOf(storeKey) }),
  }
}

async function contentOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TyphoonError('BAD_CONFIG', `${file} cannot be read: ${messageOf(cause)}`, { where: { file }, cause })
  })
}

function parseStore(text: string): string {
  if (text === KUBERNETES) return text
  endpointsOf(text)
  return text
}

function parseLease(text: string): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= LEAST_LEASE_SECS && seconds <= LONGEST_LEASE_SECS) return seconds
  throw new TyphoonError(
    'USAGE',
    `"${text}" is not a number of seconds from ${LEAST_LEASE_SECS} to ${LONGEST_LEASE_SECS}`,
  )
}
