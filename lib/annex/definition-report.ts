/**
 * Collects everything that is wrong with a definition in YAML, each problem with its place and in the words of YAML, so
 * that the first does not hide the others. What it keeps is bounded, whatever a file holds: so many problems and
 * warnings, of so many characters; the rest is counted.
 */
import type { ErrorCode } from '../errors/catalogue.ts'
import {
  DefinitionError,
  type Finding,
  type Problem,
  type TyphoonError,
  type Where,
  worded,
} from '../errors/typhoon-error.ts'
import type { Wording } from '../errors/wording.ts'
import { misspelledKey } from '../topology/config/config-check.ts'
import type { Place, YamlValue } from './yaml-value.ts'

/** The most problems that are shown, and the most warnings. */
export const MOST_TOLD = 100
/** The most characters of a message or a hint; they may quote the file. */
const LONGEST_TEXT = 1000

/** The problems and warnings of one definition. */
export class Report {
  readonly problems: Problem[] = []
  readonly #warnings: string[] = []
  readonly #found = new Map<ErrorCode, number>()
  #warned = 0
  readonly #seen = new Set<TyphoonError>()

  /** Problems that were found, shown or not; all, or those of a code. */
  count(code?: ErrorCode): number {
    if (code !== undefined) return this.#found.get(code) ?? 0
    return [...this.#found.values()].reduce((sum, one) => sum + one, 0)
  }

  /** Whether a further problem would only be counted: what it would say need not be worked out. */
  get isFull(): boolean {
    return this.problems.length >= MOST_TOLD
  }

  /** Like `isFull`, for warnings. */
  get hasWarnedEnough(): boolean {
    return this.#warned > MOST_TOLD
  }

  get warnings(): readonly string[] {
    return this.#warned > MOST_TOLD ? [...this.#warnings, 'further warnings are not shown'] : this.#warnings
  }

  /** @param hint a function if it takes work: it is called only if the problem is shown */
  add(code: ErrorCode, message: string, place?: Where, hint?: Wording | (() => string | undefined)): void {
    const advice = typeof hint !== 'function' ? hint : this.isFull ? undefined : hint()
    this.addProblem({ code, message, where: { ...place }, ...(advice === undefined ? {} : { hint: advice }) })
  }

  addProblem(finding: Finding): void {
    this.#found.set(finding.code, this.count(finding.code) + 1)
    if (this.isFull) return
    const problem = worded('yaml', finding)
    const { message, hint } = problem
    this.problems.push({ ...problem, message: cut(message), ...(hint === undefined ? {} : { hint: cut(hint) }) })
  }

  /** Whether something in a value was reported: that nothing can be made of it is not a second problem. */
  hasProblemIn(value: YamlValue): boolean {
    const reported = new Set(this.problems.map(({ where }) => keyOfPlace(where)))
    return [...placesIn(value)].some((place) => reported.has(keyOfPlace(place)))
  }

  /** An error that several parts of the definition ran into is reported once. */
  addError(error: TyphoonError, component?: string): void {
    if (this.#seen.has(error)) return
    this.#seen.add(error)
    for (const finding of error.findings)
      this.addProblem(component === undefined ? finding : { ...finding, where: { ...finding.where, component } })
  }

  /** What was reported in other words. */
  wasReported(error: TyphoonError): void {
    this.#seen.add(error)
  }

  /** @param message a function where it takes work, as the hint of `add` */
  warn(message: string | (() => string), place?: Place): void {
    if (this.#warned++ >= MOST_TOLD) return
    const text = typeof message === 'string' ? message : message()
    this.#warnings.push(cut(place === undefined ? text : `${place.file}:${place.line}:${place.column}: ${text}`))
  }

  /** A key of a configuration that looks like one of the runtime's but is not. */
  warnOfKey(key: string, place?: Place): void {
    const misspelled = this.hasWarnedEnough ? undefined : misspelledKey(key)
    if (misspelled !== undefined) this.warn(`${misspelled.message}; ${misspelled.hint}`, place)
  }

  /** @throws DefinitionError with all problems in the order of their places, if there are any. */
  throwIfAny(): void {
    if (this.problems.length === 0) return
    const problems = inOrder(this.problems)
    const left = this.count() - problems.length
    if (left > 0) problems.push({ code: 'MORE_PROBLEMS', message: `${left} further problems are not shown`, where: {} })
    throw new DefinitionError(
      problems,
      [...this.#seen].find(({ cause }) => cause !== undefined),
    )
  }
}

function keyOfPlace({ file, line, column }: Where): string {
  return [file, line, column].join(':')
}

/** @param seen what several aliases stand for is walked once */
function* placesIn(value: YamlValue, seen = new Set<YamlValue>()): Generator<Place> {
  if (seen.has(value)) return
  seen.add(value)
  yield value.place
  if (value.kind === 'list') for (const item of value.items) yield* placesIn(item, seen)
  if (value.kind !== 'map') return
  for (const entry of value.entries.values()) {
    yield entry.key
    yield* placesIn(entry.value, seen)
  }
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}

/** Sorts by file, line and column; files in the order in which they were met, problems without a line last. */
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
