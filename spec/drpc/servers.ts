/** DRPC servers on free ports, and workers by hand that answer. */
import { connect, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import { WebSocket } from 'ws'
import type { DrpcRequest } from '../../lib/drpc/index.ts'
import { DRPC_RESOURCE } from '../../lib/drpc/protocol/invocations.ts'
import { type DrpcConfig, type RunningDrpc, startDrpc } from '../../lib/drpc/server/start-drpc.ts'
import { InvocationsClient } from '../../lib/drpc/worker/invocations-client.ts'
import { invocationsLink } from '../../lib/drpc/worker/invocations-link.ts'
import { prove } from '../../lib/net/challenge.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'

/** A server of the function `echo` and `none`, which nobody answers; it ends with its test. */
export async function served(t: ExecutionContext, config: Partial<DrpcConfig> = {}): Promise<RunningDrpc> {
  const drpc = await startDrpc(resolveConfig({ 'drpc.http.port': 0, ...config }), ['echo', 'none'])
  t.teardown(() => drpc.close())
  return drpc
}

/** A worker that answers `echo`, until its test ends or it is released. */
export function worker(
  t: ExecutionContext,
  { resources }: RunningDrpc,
  answer: (request: DrpcRequest, client: InvocationsClient) => void = ({ id, args }, client) =>
    void client.result(id, args),
): InvocationsClient {
  const link = invocationsLink(() => resources[DRPC_RESOURCE])
  const client = new InvocationsClient(link).use()
  const feed = client.feed('echo', 'holder', () => {
    for (let request = feed.take(); request !== undefined; request = feed.take()) answer(request, client)
  })
  t.teardown(() => client.release())
  return client
}

/** The connection of a worker, by hand. */
export async function workerSocket({ resources }: RunningDrpc): Promise<WebSocket> {
  const { url, secret } = resources[DRPC_RESOURCE]
  const patience = new AbortController()
  const { agent, headers } = await prove({ secret, claims: [] }, url, '/drpc-invocations', {}, patience.signal)
  return new WebSocket(`${url.replace('http', 'ws')}/drpc-invocations`, { agent, headers })
}

/** What the server says to these bytes, until it ends the connection, or until `enough` of it has come. */
export function raw(url: string, bytes: string, enough: (text: string) => boolean = () => false): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let text = ''
    const socket: Socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk
      if (enough(text)) socket.destroy()
    })
    socket.on('close', () => resolve(text))
  })
}
