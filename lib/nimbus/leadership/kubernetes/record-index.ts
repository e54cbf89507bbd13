/**
 * The index of what is kept: one ConfigMap that says what stands under which key, and in which reign it was written. It
 * is replaced as a whole, where it is the one that was read; so every change of anything is a change of this one
 * object, and of two who change something only one can.
 */
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import type { KubernetesApi, KubernetesObject } from '../../../kubernetes-api/kubernetes-api.ts'
import { list, object, text, whole } from '../../../shape/guards.ts'
import type { Area } from '../cluster-store.ts'
import { newer } from '../store-errors.ts'

const FORMAT = 1
const ENTRY = object({ area: text(), key: text(), version: whole(1), digest: text(), parts: list(text()) })
const DOCUMENT = object({ format: whole(1), reign: whole(), serial: whole(), entries: list(ENTRY) })
/** A ConfigMap may have a megabyte. */
const MOST_BYTES = 900_000
const FIELD = 'index.json'

/** Where the value of a key is. */
export interface IndexEntry {
  readonly area: string
  readonly key: string
  readonly version: number
  /** Of what the parts hold together, SHA-256 in hex. */
  readonly digest: string
  /** Names of ConfigMaps. */
  readonly parts: readonly string[]
}

/** What it says. */
export interface IndexDocument {
  /** In which it was written. */
  readonly reign: number
  /** How often it was written: versions are taken from it, so that none is used twice. */
  readonly serial: number
  readonly entries: readonly IndexEntry[]
}

/** As it was read or written: what is written next must be written over this one. */
export interface KnownIndex extends IndexDocument {
  /** Undefined where it is not there yet. */
  readonly version: string | undefined
}

/** One of them. */
export class RecordIndex {
  readonly #api: KubernetesApi
  readonly #name: string
  readonly #labels: Readonly<Record<string, string>>
  readonly #path: string

  constructor(api: KubernetesApi, name: string, labels: Readonly<Record<string, string>>) {
    this.#api = api
    this.#name = name
    this.#labels = labels
    this.#path = `/api/v1/namespaces/${encodeURIComponent(api.namespace)}/configmaps`
  }

  /** @throws STATE_CORRUPT, STORE_NEWER, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects) */
  async read(): Promise<KnownIndex> {
    const answer = await this.#api.ask('GET', `${this.#path}/${encodeURIComponent(this.#name)}`)
    if (answer.is !== 'done') return { reign: 0, serial: 0, entries: [], version: undefined }
    return { ...this.#documentOf(answer.body), version: answer.body.metadata.resourceVersion }
  }

  /**
   * @param before as it was read
   * @returns as it is then; undefined where it was another one
   * @throws RECORD_TOO_LARGE, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async write({ version }: KnownIndex, next: IndexDocument): Promise<KnownIndex | undefined> {
    const { reign, serial, entries } = next
    const content = JSON.stringify({ format: FORMAT, reign, serial, entries })
    if (Buffer.byteLength(content) > MOST_BYTES)
      throw new TyphoonError('RECORD_TOO_LARGE', `there are too many topologies for one ConfigMap: ${entries.length}`, {
        hint: 'kill those that nobody needs, or make another cluster',
      })
    const map = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap' },
      metadata: {
        name: this.#name,
        labels: this.#labels,
        ...(version === undefined ? {} : { resourceVersion: version }),
      },
      data: { [FIELD]: content },
    }
    const answer =
      version === undefined
        ? await this.#api.ask('POST', this.#path, { body: map })
        : await this.#api.ask('PUT', `${this.#path}/${encodeURIComponent(this.#name)}`, { body: map })
    return answer.is === 'done' ? { ...next, version: answer.body.metadata.resourceVersion } : undefined
  }

  #documentOf(map: KubernetesObject): IndexDocument {
    const content = (map['data'] as Readonly<Record<string, unknown>> | undefined)?.[FIELD]
    try {
      const document: unknown = JSON.parse(String(content))
      if (DOCUMENT(document)) {
        if (document.format === FORMAT) return document
        throw newer(`the ConfigMap "${this.#name}"`, document.format, FORMAT)
      }
    } catch (error) {
      if (error instanceof TyphoonError) throw error
    }
    throw new TyphoonError('STATE_CORRUPT', `the ConfigMap "${this.#name}" is damaged`, {
      hint: 'put a copy of it back, or remove it: its topologies are forgotten then, and can be submitted again',
    })
  }
}

/** The entry of a key. */
export function entryOf({ entries }: IndexDocument, area: Area, key: string): IndexEntry | undefined {
  return entries.find((one) => one.area === area && one.key === key)
}
