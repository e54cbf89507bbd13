/**
 * Secrets of a cluster on Kubernetes, which its nimbuses fill: the authority that they share, the token by which hosts
 * join, and that of the owner. They are there already, made by who has said who may see them.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { authorityFolder } from '../../cluster/hosts/cluster.ts'
import { AUTHORITY_FILES, Authority } from '../../cluster/trust/authority.ts'
import { makeJoinToken } from '../../cluster/trust/join-token.ts'
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import { writePrivate } from '../../identity/file-trouble.ts'
import { inCluster } from '../../kubernetes-api/in-cluster.ts'
import { KubernetesApi } from '../../kubernetes-api/kubernetes-api.ts'
import { Secret } from '../../kubernetes-api/secret.ts'

/** A token to join with counts for so long, and there is a new one each day. */
const JOIN_DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000
const RETRY_MS = 5000

/** Those of one cluster. */
export class KubernetesSecrets {
  readonly #api: KubernetesApi
  readonly #cluster: string
  readonly #now: () => Date

  private constructor(api: KubernetesApi, cluster: string, now: () => Date) {
    this.#api = api
    this.#cluster = cluster
    this.#now = now
  }

  /** @throws KUBERNETES_REFUSED (rejects) where this is no pod */
  static async open(cluster: string, now: () => Date): Promise<KubernetesSecrets> {
    return new KubernetesSecrets(new KubernetesApi(await inCluster(process.env)), cluster, now)
  }

  /**
   * Puts the authority of the cluster into the folder of this nimbus; the first one makes it.
   * @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED, BAD_CONFIG (rejects)
   */
  async bringAuthority(directory: string): Promise<void> {
    const folder = authorityFolder(directory)
    const secret = new Secret(this.#api, `${this.#cluster}-authority`)
    const known = await secret.read()
    await Authority.open(folder, this.#now, true)
    const own = Object.fromEntries(
      await Promise.all(AUTHORITY_FILES.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
    ) as Readonly<Record<string, string>>
    const isThere = (contents: Readonly<Record<string, string>>) => AUTHORITY_FILES.every((name) => contents[name])
    const kept = isThere(known) ? known : await secret.change((before) => (isThere(before) ? undefined : own))
    for (const name of AUTHORITY_FILES) await writePrivate(join(folder, name), kept[name]!)
  }

  /**
   * Says how hosts join and what the owner shows, and says it anew each day. What is not possible now is tried again.
   * @param address by which hosts come @returns what ends it
   */
  tell(directory: string, address: string, ownerToken: string, onTrouble: (problem: Problem) => void): () => void {
    let timer: NodeJS.Timeout | undefined
    let hasEnded = false
    const once = async (): Promise<void> => {
      const authority = await Authority.open(authorityFolder(directory), this.#now, true)
      const expires = new Date(this.#now().getTime() + JOIN_DAYS * DAY_MS)
      const token = makeJoinToken(authority, [address], expires)
      await new Secret(this.#api, `${this.#cluster}-join`).change(() => ({ join: token }))
      await new Secret(this.#api, `${this.#cluster}-owner`).change(() => ({ token: ownerToken }))
    }
    const again = (): void => {
      once().then(
        () => later(DAY_MS),
        (error: unknown) => {
          onTrouble(toProblem(error))
          later(RETRY_MS)
        },
      )
    }
    const later = (ms: number): void => {
      if (!hasEnded) timer = setTimeout(again, ms)
    }
    again()
    return () => {
      hasEnded = true
      clearTimeout(timer)
    }
  }
}
