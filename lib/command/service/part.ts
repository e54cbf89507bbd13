/** A part of something, as people write it. */
import { TyphoonError } from '../../errors/typhoon-error.ts'

/** `1%`, or `0.01`. @throws USAGE */
export function parsePart(text: string): number {
  const part = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (text.trim() !== '' && part > 0 && part <= 1) return part
  throw new TyphoonError('USAGE', `"${text}" is not a part, such as 1% or 0.01`)
}
