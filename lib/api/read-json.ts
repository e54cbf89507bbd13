/** Reads the body of a request, and checks it. */
import type { IncomingMessage } from 'node:http'
import { readWhole } from '../net/read-whole.ts'
import { Refused } from './refusals.ts'
import { misfit, type Schema } from './schema.ts'
import { SCHEMAS } from './schemas.ts'

/** The list of 50,000 files fits. */
const MOST_BYTES = 16 * 1024 * 1024

/** @throws Refused (rejects) */
export async function readJson(request: IncomingMessage, schema: Schema): Promise<unknown> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Refused('SERVICE_BAD_REQUEST', 'a packed body is not read', 415)
  const content = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  const value = parsed(await readWhole(content, MOST_BYTES, tooLong))
  const why = misfit(value, schema, SCHEMAS)
  if (why !== undefined) throw new Refused('SERVICE_BAD_REQUEST', why, 400)
  return value
}

function tooLong(): Refused {
  return new Refused('SERVICE_BAD_REQUEST', `the body has more than ${MOST_BYTES} bytes`, 413)
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) return {}
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Refused('SERVICE_BAD_REQUEST', 'the body is not JSON', 400)
  }
}
