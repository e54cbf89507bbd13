/**
 * A stand-in for the API server of Kubernetes on loopback, with Leases and ConfigMaps: versions, conflicts and labels
 * as the real one has them (`npm run test:kubernetes` plays the same cases against that one), and faults when they are
 * asked for.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ExecutionContext } from 'ava'
import type { ClusterAccess } from '../../../lib/kubernetes-api/access.ts'
import type { KubernetesObject } from '../../../lib/kubernetes-api/kubernetes-api.ts'

const TOKEN = 'a-token-of-an-account'

/** What becomes of a request: undefined: what the API server does; `lost`: it does it, and the answer gets lost. */
type Fate = 'lost' | 'gone' | { readonly status: number; readonly body: string } | undefined

export class FakeKubernetes {
  readonly objects = new Map<string, KubernetesObject>()
  /** Method and path of each request. */
  readonly asked: string[] = []
  fate: (method: string, path: string) => Fate | Promise<Fate> = () => undefined
  #version = 0
  #port = 0

  static async open(t: ExecutionContext): Promise<FakeKubernetes> {
    const fake = new FakeKubernetes()
    const server = createServer((request, response) => {
      fake.#answer(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    fake.#port = (server.address() as AddressInfo).port
    t.teardown(() => {
      server.closeAllConnections()
      return new Promise<void>((done) => void server.close(() => done()))
    })
    return fake
  }

  access(token = TOKEN): ClusterAccess {
    return { server: `http://127.0.0.1:${this.#port}`, namespace: 'default', credentials: async () => ({ token }) }
  }

  /** Names of the objects of a kind. */
  names(kind: string): string[] {
    return [...this.objects.values()].filter((one) => one.kind === kind).map(({ metadata }) => metadata.name)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const { method = '', url = '' } = request
    this.asked.push(`${method} ${url}`)
    const fate = await this.fate(method, url)
    if (fate === 'gone') return void response.destroy()
    if (typeof fate === 'object') return void response.writeHead(fate.status).end(fate.body)
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`
    const [status, answer] = isKnown ? this.#act(method, url, body) : [401, { message: 'Unauthorized' }]
    if (fate === 'lost') return void response.destroy()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  #act(method: string, url: string, body: string): readonly [number, unknown] {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    if (method === 'POST') {
      const made = JSON.parse(body) as KubernetesObject
      const path = `${pathname}/${made.metadata.name}`
      return this.objects.has(path) ? [409, { message: 'exists' }] : [201, this.#put(path, made)]
    }
    const label = searchParams.get('labelSelector')?.split('=')
    if (label !== undefined) return [200, this.#list(pathname, label[0]!, label[1]!)]
    const known = this.objects.get(pathname)
    if (known === undefined) return [404, { message: 'not found' }]
    if (method === 'GET') return [200, known]
    if (method === 'DELETE') {
      this.objects.delete(pathname)
      return [200, { kind: 'Status' }]
    }
    const next = JSON.parse(body) as KubernetesObject
    const version = next.metadata.resourceVersion
    if (version !== undefined && version !== known.metadata.resourceVersion) return [409, { message: 'modified' }]
    return [200, this.#put(pathname, next)]
  }

  #put(path: string, object: KubernetesObject): KubernetesObject {
    const made = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } }
    this.objects.set(path, made)
    return made
  }

  #list(path: string, label: string, value: string): unknown {
    const items = [...this.objects]
      .filter(([name, { metadata }]) => name.startsWith(`${path}/`) && metadata.labels?.[label] === value)
      .map(([, { metadata }]) => ({ metadata }))
    return { metadata: {}, items }
  }
}
