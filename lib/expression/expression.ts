/**
 * Conditions over the values of a tuple, in the Common Expression Language (https://cel.dev): data, and no code. One
 * cannot loop, cannot reach for anything that it is not given, and is checked before it sees the first tuple.
 *
 *     word == 'storm' && n % 2 == 1
 *     amount > 100 || (country in ['DE', 'FR'] && !is_test)
 *     tuple['first name'].startsWith('A')
 *
 * The values are those of the fields, by their names; `tuple` has all of them, for a name that is none of the language,
 * and so do `component`, `stream` and `task` say where a tuple comes from. Numbers of tuples are those of JavaScript:
 * whole ones and others may be mixed.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { TyphoonError } from '../errors/typhoon-error.ts'

/** Where a tuple comes from, and what is in it, by field. */
export interface Subject {
  readonly component: string
  readonly stream: string
  readonly task: number
  readonly tuple: Readonly<Record<string, unknown>>
}

/**
 * Whether it holds; where it cannot be said of a tuple, as when a text is compared with a number, it does not.
 * @param onFailure hears why it cannot be said
 */
export type Condition = (subject: Subject, onFailure?: (why: string) => void) => boolean

const LIMITS = { maxAstNodes: 200, maxDepth: 20, maxListElements: 100, maxMapEntries: 20, maxCallArguments: 8 }
const LONGEST = 2000
const LONGEST_REASON = 200
/** What goes through all elements of a list. */
const LOOPS = ['all', 'exists', 'exists_one', 'map', 'filter']
const ABOUT = ['component', 'stream', 'task', 'tuple']
/** What the language does not do with numbers of two kinds, and with those of JavaScript. */
const CALCULATIONS: readonly (readonly [types: readonly string[], (a: number, b: number) => number])[] = [
  [['double + int', 'int + double'], (a, b) => a + b],
  [['double - int', 'int - double'], (a, b) => a - b],
  [['double * int', 'int * double'], (a, b) => a * b],
  [['double / int', 'int / double'], (a, b) => a / b],
  [['double % int', 'int % double', 'double % double'], (a, b) => a % b],
]

/** What is too long is no condition, whatever its fields are. @throws BAD_EXPRESSION */
export function checkLength(text: string): void {
  if (text.length > LONGEST) throw bad(`it has ${text.length} characters, and may have ${LONGEST}`)
}

/** @param fields those of the tuples that it is asked of @throws BAD_EXPRESSION, with the column in its place */
export function condition(text: string, fields: readonly string[]): Condition {
  checkLength(text)
  const named = fields.filter((field) => /^[A-Za-z_]\w*$/.test(field) && !ABOUT.includes(field))
  const environment = environmentOf(named)
  try {
    const holds = environment.parse(text)
    checkSteps(holds.ast)
    const { valid, type, error } = holds.check()
    if (!valid) throw error ?? new Error('it is not valid')
    if (type !== 'bool' && type !== 'dyn') throw bad(`it gives a ${type}, and not true or false`)
    return (subject, onFailure) => {
      try {
        const result: unknown = holds({ ...subject.tuple, ...subject })
        if (typeof result !== 'boolean') onFailure?.(`it gives a ${typeof result}, and not true or false`)
        return result === true
      } catch (error) {
        onFailure?.(whyOf(error))
        return false
      }
    }
  } catch (error) {
    throw error instanceof TyphoonError ? error : refused(error, named)
  }
}

function environmentOf(fields: readonly string[]): Environment {
  const environment = new Environment({ limits: LIMITS, homogeneousAggregateLiterals: false })
  for (const [types, calculate] of CALCULATIONS)
    for (const of of types) environment.registerOperator(of, (a, b) => calculate(Number(a), Number(b)))
  for (const name of [...ABOUT, ...fields]) {
    try {
      environment.registerVariable(name, 'dyn')
    } catch {
      // A word of the language: it is asked of `tuple`.
    }
  }
  return environment
}

/** What may take long with a bad text or a long list is refused: it would hold up the task that emits. */
function checkSteps(node: ASTNode, isInLoop = false): void {
  const called = calledBy(node)
  if (called === 'matches')
    throw bad('a regular expression may take forever', 'use contains, startsWith, endsWith or ==')
  const isLoop = called !== undefined && LOOPS.includes(called)
  if (isLoop && isInLoop) throw bad('one loop is within another, and may take forever', 'use a single one')
  for (const child of childrenOf(node)) checkSteps(child, isInLoop || isLoop)
}

function calledBy({ op, args }: ASTNode): string | undefined {
  return op === 'rcall' || op === 'call' ? String((args as readonly unknown[])[0]) : undefined
}

function childrenOf({ args }: ASTNode): ASTNode[] {
  const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value
  return isNode(args) ? [args] : Array.isArray(args) ? (args as readonly unknown[]).flat(2).filter(isNode) : []
}

interface Refusal {
  readonly summary?: string
  readonly range?: { readonly start: number }
}

/** Cut, for the values of a tuple may be in it. */
function whyOf(error: unknown): string {
  const { summary = (error as Error).message } = error as Refusal
  return summary.slice(0, LONGEST_REASON)
}

function refused(error: unknown, fields: readonly string[]): TyphoonError {
  const { summary = (error as Error).message, range } = error as Refusal
  const unknown = /^Unknown variable/.test(summary)
  const hint = unknown ? `there are ${[...fields, ...ABOUT].join(', ')}` : "examples: word == 'storm', n % 2 == 1"
  return bad(summary, hint, range?.start)
}

function bad(why: string, hint?: string, start?: number): TyphoonError {
  const place = start === undefined ? {} : { column: start + 1 }
  return new TyphoonError('BAD_EXPRESSION', `the condition cannot be taken: ${why}`, {
    where: place,
    ...(hint === undefined ? {} : { hint }),
  })
}
