/** A value as it stands in etcd: JSON, compressed where it is long. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { TyphoonError } from '../../../errors/typhoon-error.ts'

/** A request may have 1.5 MiB unless etcd is told otherwise. */
const MOST_BYTES = 1024 * 1024
const LONG_BYTES = 8 * 1024
/** What a compressed one may come to. */
const MOST_TEXT_BYTES = 64 * 1024 * 1024
/** With which a compressed one begins, and JSON never does. */
const GZIP = 0x1f

/** @throws RECORD_TOO_LARGE */
export function packed(key: string, value: unknown): Buffer {
  const plain = Buffer.from(JSON.stringify(value))
  const content = plain.length > LONG_BYTES ? gzipSync(plain) : plain
  if (content.length <= MOST_BYTES && plain.length <= MOST_TEXT_BYTES) return content
  const message = `what is to be remembered of "${key}" has ${content.length} bytes, compressed; it may have ${MOST_BYTES}`
  throw new TyphoonError('RECORD_TOO_LARGE', message, { hint: 'leave out files that the topology does not need' })
}

/** @throws STATE_CORRUPT */
export function unpacked(key: string, content: Buffer): unknown {
  try {
    const plain = content[0] === GZIP ? gunzipSync(content, { maxOutputLength: MOST_TEXT_BYTES }) : content
    return JSON.parse(plain.toString())
  } catch (cause) {
    throw new TyphoonError('STATE_CORRUPT', `what the store has of "${key}" is damaged`, {
      hint: 'remove its key: its topology is forgotten then, and can be submitted again',
      cause,
    })
  }
}
