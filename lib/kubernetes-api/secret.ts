/**
 * A Secret whose contents this process may read and change. It is there already: who made it has said who may see it.
 */
import { TyphoonError } from '../errors/typhoon-error.ts'
import type { KubernetesApi, KubernetesObject } from './kubernetes-api.ts'

/** Texts by their keys. */
export type SecretContents = Readonly<Record<string, string>>

/** One of a namespace. */
export class Secret {
  readonly #api: KubernetesApi
  readonly #name: string
  readonly #path: string

  constructor(api: KubernetesApi, name: string) {
    this.#api = api
    this.#name = name
    this.#path = `/api/v1/namespaces/${encodeURIComponent(api.namespace)}/secrets/${encodeURIComponent(name)}`
  }

  /** @throws KUBERNETES_REFUSED (rejects) where there is none, too; KUBERNETES_UNREACHABLE */
  async read(): Promise<SecretContents> {
    return contentsOf(await this.#get())
  }

  /**
   * Adds to what it holds, or replaces it, until nobody else changes it at the same time.
   * @param change makes what is added of what there is; undefined: nothing is to be changed
   * @returns what it holds then
   * @throws as `read` (rejects)
   */
  async change(change: (before: SecretContents) => SecretContents | undefined): Promise<SecretContents> {
    for (;;) {
      const secret = await this.#get()
      const before = contentsOf(secret)
      const added = change(before)
      if (added === undefined) return before
      const after = { ...before, ...added }
      const data = Object.fromEntries(
        Object.entries(after).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
      )
      const answer = await this.#api.ask('PUT', this.#path, { body: { ...secret, data } })
      if (answer.is === 'done') return after
      if (answer.is === 'missing') throw this.#missing()
    }
  }

  async #get(): Promise<KubernetesObject> {
    const answer = await this.#api.ask('GET', this.#path)
    if (answer.is !== 'done') throw this.#missing()
    return answer.body
  }

  #missing(): TyphoonError {
    return new TyphoonError('KUBERNETES_REFUSED', `there is no Secret "${this.#name}" in "${this.#api.namespace}"`, {
      hint: 'apply what typhoon export kubernetes has written, in this namespace',
    })
  }
}

function contentsOf(secret: KubernetesObject): SecretContents {
  const data = (secret['data'] as Readonly<Record<string, string>> | undefined) ?? {}
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]))
}
