/** What decoders make of bytes, and bytes cut into pieces. */
import fc from 'fast-check'
import type { FromChild } from '../../lib/multilang/wire/messages.ts'
import type { Serializer } from '../../lib/multilang/wire/serializer.ts'
import { mayBeRounded } from '../../lib/util/exact-json.ts'

/** What came out of a decoder. */
export interface Decoded {
  messages: FromChild[]
  stray: string[]
}

/** The end is told after the last piece. @throws CHILD_PROTOCOL */
export function decode(serializer: Serializer, pieces: readonly (string | Uint8Array)[], maxBytes = 1 << 20): Decoded {
  const decoded: Decoded = { messages: [], stray: [] }
  const decoder = decodeInto(serializer, decoded, maxBytes)
  for (const piece of pieces) decoder.push(Buffer.from(piece))
  decoder.end()
  return decoded
}

export function decodeInto(serializer: Serializer, { messages, stray }: Decoded, maxBytes = 1 << 20) {
  const sink = { message: (one: FromChild) => void messages.push(one), stray: (line: string) => void stray.push(line) }
  return serializer.decoder(sink, maxBytes)
}

/** Cuts after so many bytes, again and again; the rest in one. */
export function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let rest = bytes
  for (const size of sizes) {
    pieces.push(rest.subarray(0, size))
    rest = rest.subarray(size)
  }
  return [...pieces, rest]
}

/** Sizes of pieces: many small ones, for the ends of messages to be cut. */
export const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 200 })), {
  maxLength: 60,
})

/** Messages of any content, as a child may write them; but for whole numbers beyond 2^53, which come as bigints. */
export const messages: fc.Arbitrary<FromChild> = fc
  .record(
    {
      command: fc.oneof(fc.constantFrom('emit', 'ack', 'sync', '\nend\n', 'end'), fc.string({ unit: 'binary' })),
      tuple: fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 4 }),
      id: fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    },
    { requiredKeys: [] },
  )
  .map((message) => JSON.parse(JSON.stringify(message)))
  .filter((message) => !mayBeRounded(message))
