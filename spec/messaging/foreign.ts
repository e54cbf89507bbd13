/**
 * A peer that is not of this code base, after docs/protocol.md: the handshake by hand, and frames with their checksums.
 * What it does with the secret it is told, so that it can do it wrong as well.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { crc32 } from 'node:zlib'
import { type ClientOptions, WebSocket } from 'ws'

/** Names of the headers that the proofs cover, in this order. */
const CLAIMS = ['typhoon-protocol', 'typhoon-run', 'typhoon-worker', 'typhoon-incarnation']

export const NONCE = 'n'.repeat(43)

/** The headers in which a worker says who it is. */
export function headersOf(run: string, worker: number, incarnation: number): Record<string, string> {
  return {
    'typhoon-protocol': '3',
    'typhoon-run': encodeURIComponent(run),
    'typhoon-worker': String(worker),
    'typhoon-incarnation': String(incarnation),
  }
}

/** The listener's answer to a first request, and the connection on which it came. */
export interface Challenge {
  readonly status: number
  readonly text: string
  readonly headers: Record<string, string>
  readonly agent: Agent
}

/** Sends the first request. */
export async function challenged(address: string, headers: Record<string, string>): Promise<Challenge> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const sent = request(address.replace('ws', 'http'), { agent, headers: { 'typhoon-nonce': NONCE, ...headers } }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode!, text, headers: response.headers as Record<string, string>, agent }
}

/** The proof that the dialer owes. */
export function proofFor(
  { headers: theirs }: Pick<Challenge, 'headers'>,
  secret: string,
  address: string,
  own: Record<string, string>,
  role = 'dialer',
): string {
  const claimed = (headers: Record<string, string>): string[] => CLAIMS.map((name) => headers[name] ?? '')
  const said = ['typhoon', role, NONCE, theirs['typhoon-nonce'], address, claimed(own), claimed(theirs)]
  return createHmac('sha256', secret).update(JSON.stringify(said)).digest('base64url')
}

/** Opens the WebSocket; with the proof, unless other headers are given. */
export async function foreignSocket(
  address: string,
  secret: string,
  own: Record<string, string>,
  options: ClientOptions = {},
): Promise<WebSocket> {
  const challenge = await challenged(address, own)
  const headers = { ...own, 'typhoon-proof': proofFor(challenge, secret, address, own) }
  const socket = new WebSocket(address, { agent: challenge.agent, headers, perMessageDeflate: false, ...options })
  socket.on('error', () => {})
  return socket
}

/** Status and text with which an upgrade is answered; `101` where it is let in. */
export function upgraded(address: string, headers: Record<string, string>, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, { headers, ...(agent === undefined ? {} : { agent }) })
    socket.on('unexpected-response', (_request, response) => {
      void response.toArray().then((chunks) => {
        resolve(`${response.statusCode} ${Buffer.concat(chunks).toString()}`)
        socket.terminate()
      })
    })
    socket.on('open', () => {
      resolve('101')
      socket.terminate()
    })
    socket.on('error', reject)
  })
}

/** What was sent as a frame, with the checksum that belongs to it. */
export function sealed(content: Uint8Array | readonly number[]): Buffer {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(Buffer.from(content)))
  return Buffer.concat([Buffer.from(content), checksum])
}
