/** The connection of a worker to the DRPC server of its run, over a WebSocket. */
import { WebSocket } from 'ws'
import { messageOf, TyphoonError } from '../index.ts'
import { MAX_RESULT_BYTES } from './invocations.ts'
import type { Connect } from './invocations-client.ts'
import { INVOCATIONS_PATH, JSON_GROWTH, jsonObject, MESSAGE_HEAD, type ServerMessage } from './messages.ts'

const PATIENCE_MS = 5000
/** What `drpc.max.request.bytes` allows at most, as JSON. */
const LARGEST_MESSAGE = MAX_RESULT_BYTES * JSON_GROWTH + MESSAGE_HEAD

/** Connects to the server at `url`, with the secret of the run. */
export function invocationsLink(url: string, secret: string): Connect {
  return (onRequest, onClose) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(new URL(INVOCATIONS_PATH, url.replace(/^http/, 'ws')), {
        headers: { authorization: `Bearer ${secret}` },
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
