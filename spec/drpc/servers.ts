/** DRPC servers on free ports, and workers by hand that answer. */
import { connect, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { DrpcRequest } from '../../lib/drpc/index.ts'
import { InvocationsClient } from '../../lib/drpc/invocations-client.ts'
import { invocationsLink } from '../../lib/drpc/invocations-link.ts'
import { type DrpcConfig, type RunningDrpc, startDrpc } from '../../lib/drpc/start-drpc.ts'
import { resolveConfig } from '../../lib/topology/config.ts'

/** A server of the function `echo` and `none`, which nobody answers; it ends with its test. */
export async function served(t: ExecutionContext, config: Partial<DrpcConfig> = {}): Promise<RunningDrpc> {
  const drpc = await startDrpc(resolveConfig({ 'drpc.http.port': 0, ...config }), ['echo', 'none'])
  t.teardown(() => drpc.close())
  return drpc
}

/** A worker that answers `echo`, until its test ends or it is released. */
export function worker(
  t: ExecutionContext,
  { env }: RunningDrpc,
  answer: (request: DrpcRequest, client: InvocationsClient) => void = ({ id, args }, client) =>
    void client.result(id, args),
): InvocationsClient {
  const link = invocationsLink(env['TYPHOON_DRPC_URL']!, env['TYPHOON_DRPC_SECRET']!)
  const client = new InvocationsClient(link).use()
  const feed = client.feed('echo', 'holder', () => {
    for (let request = feed.take(); request !== undefined; request = feed.take()) answer(request, client)
  })
  t.teardown(() => client.release())
  return client
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
