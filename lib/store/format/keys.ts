/**
 * Keys of the store as bytes, in the order of their UTF-16 code units. Any text is a key: the empty one, one with half
 * a surrogate pair, and one that is longer than LMDB takes, of which the hash is written and the text stands in the
 * record.
 */
import { createHash } from 'node:crypto'

/** Bytes stand for a place to begin at, nothing else. */
export type StoreKey = string | Uint8Array

/** Code units; each is three bytes at most, and LMDB takes 1978. */
const LONGEST = 600

/** First byte of every key. LMDB has no empty keys, and lmdb has uses of its own for small first bytes. */
const SHORT = 0x10
const LONG = 0x20

/** Where the long keys begin. */
export const LONG_KEYS: Uint8Array = Uint8Array.of(LONG)

/** Whether the record must hold the key. */
export function isLong(key: string): boolean {
  return key.length > LONGEST
}

/** Key of a record with a long key, as far as its bytes tell; for a short key the key itself. */
export function keyOfBytes(bytes: Uint8Array, start: number, end: number): StoreKey {
  if (bytes[start] !== SHORT) return bytes.slice(start, end)
  let text = ''
  for (let at = start + 1; at < end; ) {
    const first = bytes[at++] as number
    if (first < 0x80) text += String.fromCharCode(first)
    else if (first < 0xe0) text += String.fromCharCode(((first & 31) << 6) | ((bytes[at++] as number) & 63))
    else {
      text += String.fromCharCode(
        ((first & 15) << 12) | (((bytes[at++] as number) & 63) << 6) | ((bytes[at++] as number) & 63),
      )
    }
  }
  return text
}

/** Writes a key at a place and tells where it ends. Hot. */
function writeKey(key: StoreKey, target: Uint8Array, start: number): number {
  let at = start
  if (typeof key !== 'string') {
    target.set(key, at)
    return at + key.length
  }
  if (key.length > LONGEST) {
    target[at++] = LONG
    // UTF-16, as UTF-8 has no halves of surrogate pairs.
    target.set(createHash('sha256').update(Buffer.from(key, 'utf16le')).digest(), at)
    return at + 32
  }
  target[at++] = SHORT
  // UTF-8 of each code unit for itself, so that no two texts have the same bytes.
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    if (unit < 0x80) target[at++] = unit
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 63)
    } else {
      target[at++] = 0xe0 | (unit >> 12)
      target[at++] = 0x80 | ((unit >> 6) & 63)
      target[at++] = 0x80 | (unit & 63)
    }
  }
  return at
}

/** The encoder that lmdb expects. */
export const KEY_ENCODER = { writeKey, readKey: keyOfBytes }
