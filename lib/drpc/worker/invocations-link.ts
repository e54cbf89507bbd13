/**
 * The connection of a worker to the DRPC server of its run, over a WebSocket. Both ends prove first that they know the
 * secret of the server: a worker that dials again may find another program at the port.
 */
import { WebSocket } from 'ws'
import { messageOf, TyphoonError } from '../../index.ts'
import { type Proven, prove, Refused } from '../../net/challenge.ts'
import { MAX_RESULT_BYTES, type WorkerDoor } from '../protocol/invocations.ts'
import { INVOCATIONS_PATH, JSON_GROWTH, jsonObject, MESSAGE_HEAD, type ServerMessage } from '../protocol/messages.ts'
import type { Connect } from './invocations-client.ts'

const PATIENCE_MS = 5000
/** What `drpc.max.request.bytes` allows at most, as JSON. */
const LARGEST_MESSAGE = MAX_RESULT_BYTES * JSON_GROWTH + MESSAGE_HEAD

/** Connects to the server, again for each call. */
export function invocationsLink({ url, secret }: WorkerDoor): Connect {
  return async (onRequest, onClose) => {
    const patience = AbortSignal.timeout(PATIENCE_MS)
    const proven = await prove({ secret, claims: [] }, url, INVOCATIONS_PATH, {}, patience).catch((cause: unknown) => {
      const why =
        cause instanceof Refused ? `is none of this run: ${cause.message}` : `cannot be reached: ${messageOf(cause)}`
      throw new TyphoonError('DRPC_UNREACHABLE', `the DRPC server at ${url} ${why}`, { cause })
    })
    return open(url, proven, onRequest, onClose)
  }
}

function open(
  url: string,
  { agent, headers }: Proven,
  ...[onRequest, onClose]: Parameters<Connect>
): ReturnType<Connect> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL(INVOCATIONS_PATH, url.replace(/^http/, 'ws')), {
      agent,
      headers,
      perMessageDeflate: false,
      handshakeTimeout: PATIENCE_MS,
      maxPayload: LARGEST_MESSAGE,
    })
    const calls = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>()
    let lastCall = 0
    let why = `the DRPC server at ${url} is gone`
    let isOpen = false
    socket.on('error', (error) => {
      why = `the DRPC server at ${url} cannot be reached: ${messageOf(error)}`
    })
    socket.on('close', () => {
      const error = new TyphoonError('DRPC_UNREACHABLE', why)
      reject(error)
      agent.destroy()
      for (const call of calls.values()) call.reject(error)
      calls.clear()
      if (isOpen) onClose()
    })
    socket.on('message', (data: Buffer) => {
      const message = jsonObject(data.toString()) as ServerMessage | undefined
      if (message?.type === 'request') onRequest(message)
      else if (message?.type === 'done') {
        calls.get(message.call)?.resolve()
        calls.delete(message.call)
      }
    })
    socket.on('open', () => {
      isOpen = true
      resolve({
        send: (message) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
        },
        call: (verdict) =>
          new Promise((done, failed) => {
            if (socket.readyState !== WebSocket.OPEN) return failed(new TyphoonError('DRPC_UNREACHABLE', why))
            const call = ++lastCall
            calls.set(call, { resolve: done, reject: failed })
            socket.send(JSON.stringify({ ...verdict, call }))
          }),
        close: () => socket.close(1000),
      })
    })
  })
}
