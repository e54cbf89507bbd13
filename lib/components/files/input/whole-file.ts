/** A whole file as one text. */
import { readFileSync } from 'node:fs'
import { decodeText, type TextEncoding } from '../../../values/text-encoding.ts'
import { damaged, invalidText } from './input-error.ts'
import { InputFile } from './input-file.ts'
import type { ReaderEvents } from './line-reader.ts'
import { unpackAll } from './unpacked-file.ts'

/** A text has to fit into a frame; what unpacks to more than the largest frame never does. */
const MOST_BYTES = 268_435_456

/** @throws PARTITION_GONE, FILE_NOT_FOUND, INPUT_DAMAGED */
export function readWhole(path: string, encoding: TextEncoding, events: Pick<ReaderEvents, 'invalid'>): string {
  const bytes = InputFile.with(path, undefined, (file) => {
    const all = readFileSync(file.descriptor)
    if (file.packing === undefined) return all
    try {
      return unpackAll(all, file.packing, MOST_BYTES)
    } catch (cause) {
      throw damaged(path, cause)
    }
  })
  const { text, encoding: found, invalid } = decodeText(bytes, encoding)
  if (invalid > 0) events.invalid(invalid, invalidText(path, found, 0))
  return text
}
