/** Sends one request to a collector of OpenTelemetry. */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Way, wayTo } from '../../net/tls.ts'
import type { Endpoint } from '../settings.ts'

/** What became of a request: taken; to be sent again, when the collector says it where it does; refused for good. */
export type Outcome =
  | { readonly is: 'taken' }
  | { readonly is: 'again'; readonly why: string; readonly afterMs?: number }
  | { readonly is: 'refused'; readonly why: string }

/** Sends a text of JSON. Never rejects. */
export type Post = (json: string) => Promise<Outcome>

/** The statuses with which a collector asks for it again, by the specification of OTLP. */
const AGAIN = [429, 502, 503, 504]
const LONGEST_ANSWER = 500
const LONGEST_WAIT_SECS = 3600

const packed = promisify(gzip)

/** @throws what the system says of a file of a certificate (rejects) */
export async function postTo(endpoint: Endpoint): Promise<Post> {
  const { url, ca, cert, key } = endpoint
  const [caText, certText, keyText] = await Promise.all(
    [ca, cert, key].map(async (file) => (file === undefined ? undefined : await readFile(file, 'utf8'))),
  )
  const tls = { ...(caText && { ca: caText }), ...(certText && { cert: certText }), ...(keyText && { key: keyText }) }
  const way = wayTo(url, tls)
  return async (json) => {
    try {
      return await send(endpoint, way, json)
    } catch (error) {
      return { is: 'again', why: error instanceof Error ? error.message : String(error) }
    }
  }
}

async function send({ url, headers, timeoutMs, isPacked }: Endpoint, way: Way, json: string): Promise<Outcome> {
  const body = isPacked ? await packed(json) : Buffer.from(json)
  const sent = {
    ...headers,
    'content-type': 'application/json',
    'content-length': body.length,
    ...(isPacked && { 'content-encoding': 'gzip' }),
  }
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: sent, agent: way.agent, signal }
    const request = way.request(url, options, (answer) => void outcomeOf(answer).then(resolve, reject))
    request.on('error', reject)
    request.end(body)
  })
}

async function outcomeOf(answer: IncomingMessage): Promise<Outcome> {
  const { statusCode = 0, headers } = answer
  let text = ''
  // All of it is read, so that the connection can be used again; little of it is kept.
  for await (const chunk of answer) if (text.length < LONGEST_ANSWER) text += String(chunk)
  if (statusCode >= 200 && statusCode < 300) return { is: 'taken' }
  const why = `it answers with ${statusCode}: ${text.slice(0, LONGEST_ANSWER)}`
  if (!AGAIN.includes(statusCode)) return { is: 'refused', why }
  const seconds = Number(headers['retry-after'])
  return { is: 'again', why, ...(seconds > 0 && seconds < LONGEST_WAIT_SECS && { afterMs: seconds * 1000 }) }
}
