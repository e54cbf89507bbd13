/** Opens the port of a server, and turns requests for a WebSocket away. */
import { type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'

/** Where to listen. */
export interface Place {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** What listens, for the error: `the DRPC server`. */
  readonly who: string
  /** What to do where the port is taken. */
  readonly hint?: string
}

/** An error that goes on is told once in so long. */
const TELL_EVERY_MS = 10_000

/**
 * Listens. From then on an error of the server, as where this process has run out of descriptors, ends nothing:
 * `onError` is told, now and then.
 * @returns the port @throws PORT_TAKEN (rejects)
 */
export function bind(
  server: Server,
  { host, port, who, hint }: Place,
  onError: (error: Error) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let isOpen = false
    let toldAt = Number.NEGATIVE_INFINITY
    server.on('error', (cause: NodeJS.ErrnoException) => {
      if (isOpen) {
        const now = performance.now()
        if (now - toldAt < TELL_EVERY_MS) return
        toldAt = now
        return onError(cause)
      }
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : messageOf(cause)
      const message = `${who} cannot listen on ${host}, port ${port}: ${why}`
      reject(new TyphoonError('PORT_TAKEN', message, { cause, ...(hint === undefined ? {} : { hint }) }))
    })
    server.listen(port, host, () => {
      isOpen = true
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Answers a request for a WebSocket with a status of HTTP and a text, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string, type = 'text/plain'): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    `content-type: ${type}; charset=utf-8`,
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
