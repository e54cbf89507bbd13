/**
 * Values, as ConfigMaps that never change: packed, and cut into parts where one would be too large. Each value that is
 * written has parts of its own, under names that are used once; what refers to them is the index.
 */
import { createHash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { TyphoonError } from '../../../errors/typhoon-error.ts'
import type { Answer, KubernetesApi, KubernetesObject } from '../../../kubernetes-api/kubernetes-api.ts'
import { list, object, record, type Shaped, text } from '../../../shape/guards.ts'
import type { IndexEntry } from './record-index.ts'

/** In base64 that is less than the megabyte that a ConfigMap may have. */
const PART_BYTES = 700_000
/** Of a value: of 50,000 files of a bundle more are never needed. */
const MOST_PARTS = 16
/** Of a value that is unpacked. */
const MOST_BYTES = 64 * 1024 * 1024
const NAME_BYTES = 12
const PAGE = 500
/** Names and marks alone, without what they hold. */
const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const FIELD = 'part'
const REIGN = 'typhoon/reign'
const LABEL = 'typhoon/record'

const LIST = object({
  items: list(object({ metadata: object({ name: text() }, { annotations: record(text()) }) })),
  metadata: object({}, { continue: text() }),
})
type List = Shaped<typeof LIST>

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** Where a value was written to. */
export type Written = Pick<IndexEntry, 'digest' | 'parts'>

/** Those of one cluster. */
export class RecordParts {
  readonly #api: KubernetesApi
  readonly #cluster: string
  readonly #labels: Readonly<Record<string, string>>
  readonly #path: string

  constructor(api: KubernetesApi, cluster: string, labels: Readonly<Record<string, string>>) {
    this.#api = api
    this.#cluster = cluster
    this.#labels = { ...labels, [LABEL]: cluster }
    this.#path = `/api/v1/namespaces/${encodeURIComponent(api.namespace)}/configmaps`
  }

  /** @throws RECORD_TOO_LARGE, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects) */
  async write(key: string, value: unknown, reign: number): Promise<Written> {
    const text = JSON.stringify(value)
    const packed = await pack(text)
    if (packed.length > MOST_PARTS * PART_BYTES || Buffer.byteLength(text) > MOST_BYTES)
      throw new TyphoonError(
        'RECORD_TOO_LARGE',
        `what is to be kept under "${key}" has ${packed.length} bytes, packed`,
        {
          hint: 'leave files out of the folder of the project: of each its name and digest are kept',
        },
      )
    const parts: string[] = []
    for (let from = 0; from < packed.length; from += PART_BYTES) {
      const name = `${this.#cluster}-${randomBytes(NAME_BYTES).toString('hex')}`
      await this.#create(name, packed.subarray(from, from + PART_BYTES), reign)
      parts.push(name)
    }
    return { digest: digestOf(packed), parts }
  }

  /**
   * @returns undefined where a part is gone: then the index says something else by now
   * @throws STATE_CORRUPT, KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async read({ key, digest, parts }: IndexEntry): Promise<{ readonly value: unknown } | undefined> {
    const chunks: Buffer[] = []
    for (const name of parts) {
      const answer = await this.#api.ask('GET', `${this.#path}/${encodeURIComponent(name)}`)
      if (answer.is !== 'done') return undefined
      chunks.push(contentOf(answer.body))
    }
    const packed = Buffer.concat(chunks)
    if (digestOf(packed) !== digest) throw damaged(key)
    try {
      return { value: JSON.parse((await unpack(packed, { maxOutputLength: MOST_BYTES })).toString()) }
    } catch {
      throw damaged(key)
    }
  }

  /** @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects) */
  async remove(parts: readonly string[]): Promise<void> {
    for (const name of parts) await this.#api.ask('DELETE', `${this.#path}/${encodeURIComponent(name)}`)
  }

  /**
   * Parts of earlier reigns, which were written and have found no place in the index, or have lost it. Of those of this
   * reign and of later ones nothing is said here: somebody may be about to refer to them.
   * @throws KUBERNETES_UNREACHABLE, KUBERNETES_REFUSED (rejects)
   */
  async leftBehind(reign: number, isReferred: (name: string) => boolean): Promise<readonly string[]> {
    const found: string[] = []
    for (let page: string | undefined = ''; page !== undefined; ) {
      const query: string = new URLSearchParams({
        ...{ labelSelector: `${LABEL}=${this.#cluster}`, limit: String(PAGE), continue: page },
      }).toString()
      const answer: Answer<List> = await this.#api.ask('GET', `${this.#path}?${query}`, { accept: METADATA })
      if (answer.is !== 'done' || !LIST(answer.body)) break
      for (const { metadata } of answer.body.items)
        if (Number(metadata.annotations?.[REIGN]) < reign && !isReferred(metadata.name)) found.push(metadata.name)
      page = answer.body.metadata.continue || undefined
    }
    return found
  }

  async #create(name: string, content: Buffer, reign: number): Promise<void> {
    const map = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', immutable: true },
      metadata: { name, labels: this.#labels, annotations: { [REIGN]: String(reign) } },
      binaryData: { [FIELD]: content.toString('base64') },
    }
    const answer = await this.#api.ask('POST', this.#path, { body: map })
    if (answer.is !== 'done')
      throw new TyphoonError('KUBERNETES_REFUSED', `the ConfigMap "${name}" cannot be made: ${answer.is}`, {
        hint: 'the namespace may be missing or ending',
      })
  }
}

function contentOf(map: KubernetesObject): Buffer {
  const content = (map['binaryData'] as Readonly<Record<string, unknown>> | undefined)?.[FIELD]
  return Buffer.from(typeof content === 'string' ? content : '', 'base64')
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function damaged(key: string): TyphoonError {
  return new TyphoonError('STATE_CORRUPT', `what is kept under "${key}" is damaged`, {
    hint: 'put copies of its ConfigMaps back, or remove the topology and submit it again',
  })
}
