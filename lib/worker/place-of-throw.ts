/** Where in the user's code an error was thrown: the topmost place of its stack that is neither Node.js's, nor a package's, nor Typhoon's. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Problem } from '../errors/typhoon-error.ts'

const FRAME = /^\s+at (?:.*[ (])?(file:\/\/\/[^\s()]+|\/[^\s():]+|[A-Za-z]:\\[^\s():]+):(\d+):(\d+)\)?$/gm

/** Typhoon's own modules. */
const LIB = resolve(import.meta.dirname, '..')

/** The problem with file, line and column of the throw, where the stack shows them and nothing better is known. */
export function withPlaceOfThrow(problem: Problem, error: unknown): Problem {
  if (problem.where.file !== undefined || !(error instanceof Error)) return problem
  for (const [, place, line, column] of (error.stack ?? '').matchAll(FRAME)) {
    const file = place!.startsWith('file:') ? fileURLToPath(place!) : place!
    if (file.includes('node_modules') || file.startsWith(LIB)) continue
    return { ...problem, where: { ...problem.where, file, line: Number(line), column: Number(column) } }
  }
  return problem
}
