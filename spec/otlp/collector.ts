/** A collector of OpenTelemetry that keeps what it gets. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { ExecutionContext } from 'ava'

/** A request that has come. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: any
}

export interface Collector {
  readonly url: string
  readonly received: readonly Received[]
  /** Settles with the first request, of those that have come and will come, that is so. */
  until(isSo: (received: Received) => boolean): Promise<Received>
}

/** @param statusOf with what the request of this number is answered; 200 unless given */
export async function collector(t: ExecutionContext, statusOf: (index: number) => number = () => 200) {
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request)
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
    received.push({ path: request.url!, headers: request.headers, body: JSON.parse(text.toString()) })
    response.writeHead(statusOf(received.length - 1), { 'content-type': 'application/json' }).end('{}')
    for (const look of waiting) look()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const until = (isSo: (received: Received) => boolean): Promise<Received> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = received.find(isSo)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, until } satisfies Collector
}
