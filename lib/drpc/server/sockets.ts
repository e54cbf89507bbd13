/**
 * The two WebSockets of a DRPC server: clients ask, many requests at a time; workers of the run take requests. A
 * message that makes no sense ends its connection, and so does an end that has fallen silent.
 */
import { TyphoonError } from '../../index.ts'
import type { ByteBudget } from '../../net/budget.ts'
import { type WebSocket, WebSockets } from '../../net/websocket.ts'
import { MAX_RESULT_BYTES } from '../protocol/invocations.ts'
import {
  bodyOf,
  type ClientAnswer,
  JSON_GROWTH,
  MESSAGE_HEAD,
  readClientMessage,
  readDrpcWorkerMessage,
} from '../protocol/messages.ts'
import type { DrpcServer } from './drpc-server.ts'
import type { InvocationsHub } from './invocations-hub.ts'

/** Every so often each end must show that it lives. */
const PING_MS = 30_000
/** A client that reads so slowly that this much waits for it is cut off. */
const MOST_BUFFERED = 64 * 1024 * 1024
const POLICY_VIOLATION = 1008

/** Where clients connect. @param unread of what all of them have sent in part */
export function clientSockets(
  server: DrpcServer,
  maxRequestBytes: number,
  unread: ByteBudget,
  pingMs: number = PING_MS,
): WebSockets {
  const maxMessageBytes = maxRequestBytes * JSON_GROWTH + MESSAGE_HEAD
  return new WebSockets({ maxMessageBytes, pingMs, unread }, (socket) => serveClient(socket, server, maxRequestBytes))
}

function serveClient(socket: WebSocket, server: DrpcServer, maxRequestBytes: number): void {
  const takeBack = new Map<string | number, () => void>()
  const answer = (message: ClientAnswer): void => {
    if (socket.bufferedAmount > MOST_BUFFERED) socket.terminate()
    else if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const refuse = (id: string | number | null, error: TyphoonError): void => answer({ id, ...bodyOf(error) })
  socket.on('close', () => {
    for (const take of takeBack.values()) take()
  })
  socket.on('message', (data: unknown, isBinary: boolean) => {
    const message = isBinary ? undefined : readClientMessage(String(data))
    if (message === undefined) {
      refuse(null, badRequest('the message is not a request', 'it is a JSON text {"id", "function", "args"}'))
      return socket.close(POLICY_VIOLATION)
    }
    const { id } = message
    if ('cancel' in message) {
      takeBack.get(id)?.()
      takeBack.delete(id)
    } else if (takeBack.has(id)) refuse(id, badRequest(`the id ${JSON.stringify(id)} is in use`))
    else if (Buffer.byteLength(message.args) > maxRequestBytes)
      refuse(id, badRequest(`the arguments have more than ${maxRequestBytes} bytes`, 'raise drpc.max.request.bytes'))
    else {
      let isOver = false
      const take = server.begin(message.function, message.args, (outcome) => {
        isOver = true
        takeBack.delete(id)
        if ('result' in outcome) answer({ id, result: outcome.result })
        else refuse(id, outcome.error)
      })
      if (!isOver) takeBack.set(id, take)
    }
  })
}

/** Where the workers of the run connect. */
export function workerSockets(hub: InvocationsHub): WebSockets {
  const maxMessageBytes = MAX_RESULT_BYTES * JSON_GROWTH + MESSAGE_HEAD
  return new WebSockets({ maxMessageBytes, pingMs: PING_MS }, (socket) => serveWorker(socket, hub))
}

function serveWorker(socket: WebSocket, hub: InvocationsHub): void {
  const worker = hub.connect((message) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  })
  socket.on('close', () => worker.lost())
  socket.on('message', (data: unknown, isBinary: boolean) => {
    const message = isBinary ? undefined : readDrpcWorkerMessage(String(data))
    if (message === undefined || !worker.receive(message)) socket.close(POLICY_VIOLATION)
  })
}

function badRequest(message: string, hint?: string): TyphoonError {
  return new TyphoonError('DRPC_BAD_REQUEST', message, hint === undefined ? {} : { hint })
}
