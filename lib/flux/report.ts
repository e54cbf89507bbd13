/** Collects everything that is wrong with a definition, each problem with its place, so that the first does not hide the others. */
import type { ErrorCode } from '../errors/catalogue.ts'
import { DefinitionError, type Problem, type TyphoonError, type Where } from '../errors/typhoon-error.ts'
import type { Place } from './yaml/yaml-value.ts'

export class Report {
  readonly problems: Problem[] = []
  readonly warnings: string[] = []
  readonly #seen = new Set<TyphoonError>()

  add(code: ErrorCode, message: string, place?: Where, hint?: string): void {
    this.problems.push({ code, message, where: { ...place }, ...(hint === undefined ? {} : { hint }) })
  }

  /** An error that several parts of the definition ran into is reported once. */
  addError(error: TyphoonError, component?: string): void {
    if (this.#seen.has(error)) return
    this.#seen.add(error)
    for (const problem of error.problems) {
      this.problems.push(component === undefined ? problem : { ...problem, where: { ...problem.where, component } })
    }
  }

  warn(message: string, place?: Place): void {
    this.warnings.push(place === undefined ? message : `${place.file}:${place.line}:${place.column}: ${message}`)
  }

  /** @throws DefinitionError with all problems in the order of their places, if there are any. */
  throwIfAny(): void {
    if (this.problems.length > 0) throw new DefinitionError(inOrder(this.problems))
  }
}

/** By file, line and column; files in the order in which they were met, problems without a line last. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const files = [...new Set(problems.map((problem) => problem.where.file))]
  const rank = ({ where }: Problem): readonly number[] => [
    where.line === undefined ? 1 : 0,
    files.indexOf(where.file),
    where.line ?? 0,
    where.column ?? 0,
  ]
  return [...problems].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    return left.map((value, index) => value - right[index]!).find((difference) => difference !== 0) ?? 0
  })
}
