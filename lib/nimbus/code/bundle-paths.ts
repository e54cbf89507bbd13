/**
 * Places in the code of a topology as its user knows them: below the folder of the bundle, which lies somewhere in that
 * of the service.
 */
import { realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { DefinitionError, type Problem, TyphoonError } from '../../errors/typhoon-error.ts'

export class BundlePaths {
  readonly #prefixes: readonly string[]

  /** @param folder in which the code is laid out */
  constructor(folder: string) {
    const folders = [...new Set([folder, realOf(folder)])]
    this.#prefixes = folders.flatMap((one) => [pathToFileURL(join(one, sep)).href, join(one, sep)])
  }

  /** Paths in a text, a stack for instance. */
  text(text: string): string {
    return this.#prefixes.reduce((left, prefix) => left.replaceAll(prefix, ''), text)
  }

  problem(problem: Problem): Problem {
    const { where, message, hint } = problem
    const named = Object.entries(where).map(([key, value]) => [
      key,
      typeof value === 'string' ? this.text(value) : value,
    ])
    return {
      ...problem,
      message: this.text(message),
      where: Object.fromEntries(named),
      ...(hint === undefined ? {} : { hint: this.text(hint) }),
    }
  }

  /** The same error with its places so. */
  error(error: unknown): unknown {
    if (!(error instanceof TyphoonError)) return error
    const [first, ...others] = error.problems.map((problem) => this.problem(problem))
    if (error instanceof DefinitionError) return new DefinitionError([first!, ...others], error)
    return new TyphoonError(first!.code, first!.message, { ...first, cause: error })
  }
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
