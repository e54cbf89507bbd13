/**
 * What went wrong, for the person who reads it: a stable code, what happened, where, and what to do.
 * Every code stands in `catalogue.ts` and in docs/errors.md.
 */

import { plural } from '../words/plural.ts'
import type { ErrorCode } from './catalogue.ts'
import { type Language, type Wording, wordsIn } from './wording.ts'

/** Where it happened, as far as that is known. */
export interface Where {
  readonly file?: string
  /** The line, from 1 up. */
  readonly line?: number
  /** The column, from 1 up. */
  readonly column?: number
  /** The source line, for the caret. */
  readonly source?: string
  readonly component?: string
  readonly stream?: string
  readonly task?: number
  readonly worker?: number
  /** The component that `component` subscribes to. */
  readonly from?: string
  /** The component that still holds what is not acked. */
  readonly holder?: string
  readonly field?: string
  /** A key of the configuration. */
  readonly key?: string
  /** A step of a Trident stream, by the name of its method. */
  readonly operation?: string
  /** A state or a window of Trident. */
  readonly state?: string
  /** A function of DRPC. */
  readonly function?: string
  /** A batch of Trident, by its transaction id. */
  readonly batch?: number
  /** Where in what was given: `values[1].a[0]` of a tuple, `[1]` of arguments, `left.key` of options. */
  readonly path?: string
  /** The byte of a frame's body, from 0 up. */
  readonly offset?: number
}

const WHERE: Readonly<Record<keyof Where, 'text' | 'number'>> = {
  file: 'text',
  line: 'number',
  column: 'number',
  source: 'text',
  component: 'text',
  stream: 'text',
  task: 'number',
  worker: 'number',
  from: 'text',
  holder: 'text',
  field: 'text',
  key: 'text',
  operation: 'text',
  state: 'text',
  function: 'text',
  batch: 'number',
  path: 'text',
  offset: 'number',
}

/**
 * A place as it must be to travel. What no compiler has checked may be given in the place of a name, and often that is
 * what the error is about.
 */
function wellTyped(where: Where): Where {
  const known = Object.entries(where).flatMap(([name, value]): [string, unknown][] => {
    const type = Object.hasOwn(WHERE, name) ? WHERE[name as keyof Where] : undefined
    if (type === undefined || value === undefined) return []
    if (type === 'text') return [[name, typeof value === 'string' ? value : shown(value)]]
    if (!Number.isSafeInteger(value) || (value as number) < (name === 'task' ? -1 : 0)) return []
    // JSON knows no -0.
    return [[name, (value as number) + 0]]
  })
  return Object.fromEntries(known)
}

function shown(value: unknown): string {
  try {
    return String(value)
  } catch {
    return typeof value
  }
}

/** One thing that is wrong, as plain data: it travels between processes and into `--json`. */
export interface Problem {
  readonly code: ErrorCode
  readonly message: string
  readonly where: Where
  /** What to do, or what was probably meant. */
  readonly hint?: string
}

/** A problem whose hint may have a wording for each language, for it is not known yet who will read it. */
export interface Finding extends Omit<Problem, 'hint'> {
  readonly hint?: Wording
}

/** The problem in the words of a language. */
export function worded(language: Language, finding: Finding): Problem {
  const { hint, ...problem } = finding
  return hint === undefined ? problem : { ...problem, hint: wordsIn(language, hint) }
}

/** An error with a stable code, its place, and a hint where there is one. */
export class TyphoonError extends Error {
  override readonly name: string = 'TyphoonError'
  readonly code: ErrorCode
  readonly where: Where
  /** As it is said to who writes code. */
  readonly hint: string | undefined
  readonly #hint: Wording | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { where?: Where; hint?: Wording | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.where = wellTyped(options.where ?? {})
    this.#hint = options.hint
    this.hint = options.hint === undefined ? undefined : wordsIn('code', options.hint)
  }

  get problems(): readonly Problem[] {
    return this.findings.map((finding) => worded('code', finding))
  }

  /** @internal The problems, with all wordings. */
  get findings(): readonly Finding[] {
    const { code, message, where } = this
    const finding = { code, message: cut(message), where }
    return [this.#hint === undefined ? finding : { ...finding, hint: this.#hint }]
  }
}

/** Everything that is wrong with a definition, found in one go. */
export class DefinitionError extends TyphoonError {
  override readonly name = 'DefinitionError'
  readonly #findings: readonly Finding[]

  /** @param cause what has led to one of them, where something was thrown */
  constructor(findings: readonly Finding[], cause?: unknown) {
    const first = findings[0] as Finding
    super(first.code, findings.map(({ message }) => message).join('\n'), { ...first, cause })
    this.#findings = findings
  }

  /** @internal */
  override get findings(): readonly Finding[] {
    return this.#findings
  }
}

/**
 * Problems are the same to those who read them where their code, their component and their place are, or, without a
 * place, their message: which worker or task each is from makes no difference.
 */
export function kindOf({ code, message, where: { component, file, line, column } }: Problem): string {
  return JSON.stringify([code, component, file === undefined ? message : [file, line, column]])
}

/** What a problem says: one of the same kind may say more, such as that it was the last of several. */
export function wordsOf(problem: Problem): string {
  return `${kindOf(problem)} ${problem.message}`
}

/** The last one of several that are reported as one, because they are too many. */
export function ofSeveralKinds(last: Problem, times: number): Problem {
  return { ...last, message: `${plural(times, 'further error')}; the last one: ${last.message}` }
}

/** The last one of several of one kind, as one problem. */
export function ofOneKind(last: Problem, times: number): Problem {
  return times === 1 ? last : { ...last, message: `${last.message} (${times} times)` }
}

const LONGEST_MESSAGE = 8000

/** Any thrown thing as plain data; what is not a TyphoonError becomes `fallback`, with its message. */
export function toProblem(error: unknown, fallback: ErrorCode = 'INTERNAL', where: Where = {}): Problem {
  return worded('code', toFinding(error, fallback, where))
}

/** Like `toProblem`, with all wordings: for what is thrown again, or told where the language is known. */
export function toFinding(error: unknown, fallback: ErrorCode = 'INTERNAL', where: Where = {}): Finding {
  const [finding] = error instanceof TyphoonError ? error.findings : []
  if (finding === undefined) return { code: fallback, message: messageOf(error), where }
  return error instanceof DefinitionError ? finding : { ...finding, where: { ...where, ...finding.where } }
}

/**
 * The message of any thrown thing; one that is longer than a few pages is cut, for it travels in frames, which have a
 * limit.
 */
export function messageOf(error: unknown): string {
  return cut(error instanceof Error ? error.message || error.name : String(error))
}

/** Where an error was thrown, and where those that led to it were. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error)
  const own = error.stack ?? messageOf(error)
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`
}

function cut(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message
}
