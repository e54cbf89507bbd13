/** What a nimbus that stands by and the one that leads say to each other of code, as JSON. */
import { isDigest } from '../../bundle/manifest.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import type { Taken, Told } from '../../nimbus/code/copies.ts'
import { list, object, type Shape, text, whole } from '../../shape/guards.ts'

const digest: Shape<string> = isDigest
const content = object({ digest, bytes: whole() })
const taken = object({ reign: text(100), offer: whole(), lack: whole() })
const told = object(
  { reign: text(100), offers: list(object({ number: whole(1), files: list(content) })) },
  { lacks: object({ number: whole(1), digests: list(digest) }) },
)

/** @throws SERVICE_BAD_REQUEST */
export function readTaken(body: unknown): Taken {
  if (taken(body)) return body
  throw new TyphoonError('SERVICE_BAD_REQUEST', 'it does not say what it has taken')
}

/** Undefined where it is not what a nimbus says. */
export function readTold(body: unknown): Told | undefined {
  return told(body) ? body : undefined
}
