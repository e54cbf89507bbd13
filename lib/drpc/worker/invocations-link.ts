/**
 * The connection of a worker to the DRPC server of its run, over a WebSocket. Both ends prove first that they know the
 * secret of the server: a worker that dials again may find another program at the port.
 */
import { messageOf, TyphoonError } from '../../index.ts'
import { prove, Refused } from '../../net/challenge.ts'
import type { Tls } from '../../net/tls.ts'
import { openWebSocket, type WebSocket } from '../../net/websocket.ts'
import { MAX_RESULT_BYTES, type WorkerDoor } from '../protocol/invocations.ts'
import { INVOCATIONS_PATH, JSON_GROWTH, jsonObject, MESSAGE_HEAD, type ServerMessage } from '../protocol/messages.ts'
import type { Connect, InvocationsLink } from './invocations-client.ts'

const PATIENCE_MS = 5000
/** What `drpc.max.request.bytes` allows at most, as JSON. */
const LARGEST_MESSAGE = MAX_RESULT_BYTES * JSON_GROWTH + MESSAGE_HEAD

/**
 * Connects to the server, again for each call.
 * @param door where it is at the time of the call
 * @param tls of this worker, where the server is on another host
 */
export function invocationsLink(door: () => WorkerDoor, tls?: Tls): Connect {
  return async (onRequest, onClose) => {
    const { url, secret } = door()
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const proven = await prove({ secret, claims: [], tls }, url, INVOCATIONS_PATH, {}, signal)
      return await openWebSocket(
        new URL(INVOCATIONS_PATH, url),
        { ...proven, maxMessageBytes: LARGEST_MESSAGE, signal },
        (socket) => linkOver(socket, url, onRequest, onClose),
      )
    } catch (cause) {
      const why =
        cause instanceof Refused ? `belongs to another run: ${cause.message}` : `cannot be reached: ${messageOf(cause)}`
      throw new TyphoonError('DRPC_UNREACHABLE', `the DRPC server at ${url} ${why}`, { cause })
    }
  }
}

function linkOver(socket: WebSocket, url: string, ...[onRequest, onClose]: Parameters<Connect>): InvocationsLink {
  const calls = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>()
  let lastCall = 0
  let why = 'is gone'
  const gone = (): TyphoonError => new TyphoonError('DRPC_UNREACHABLE', `the DRPC server at ${url} ${why}`)
  socket.on('error', (error) => {
    why = `cannot be reached: ${messageOf(error)}`
  })
  socket.on('close', () => {
    for (const call of calls.values()) call.reject(gone())
    calls.clear()
    onClose()
  })
  socket.on('message', (data: Buffer) => {
    const message = jsonObject(data.toString()) as ServerMessage | undefined
    if (message?.type === 'request') onRequest(message)
    else if (message?.type === 'done') {
      calls.get(message.call)?.resolve()
      calls.delete(message.call)
    }
  })
  return {
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
    },
    call: (report) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== socket.OPEN) return reject(gone())
        const call = ++lastCall
        calls.set(call, { resolve, reject })
        socket.send(JSON.stringify({ ...report, call }))
      }),
    close: () => socket.close(1000),
  }
}
