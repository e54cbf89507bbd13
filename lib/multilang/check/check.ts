/**
 * Checks a child against the rules of the multilang protocol: plays the parent to it, one rule after the other, a new
 * process for each, so that what one rule spoils is not blamed on the next.
 */

import { BOLT_RULES } from './bolt-rules.ts'
import { type Habits, NotTried, type Rule, RuleTrial } from './rule-trial.ts'
import { type CheckPorts, Disappointed, Session } from './session.ts'
import { handshakeFor, type Kind } from './setup.ts'
import { SPOUT_RULES } from './spout-rules.ts'

/** What is checked, and with what. */
export interface CheckOptions {
  readonly command: readonly string[]
  readonly kind: Kind
  /** Tuples for a bolt. */
  readonly samples: readonly (readonly unknown[])[]
  /** Their field names; left out: made up. */
  readonly inputs?: readonly string[]
  /** Output fields of the child by stream. */
  readonly outputs: Readonly<Record<string, readonly string[]>>
  /** How long one answer may take. */
  readonly patienceMs: number
  /** How long a child may take to start. */
  readonly startPatienceMs: number
  readonly cwd?: string
  /** Real processes in real time unless given. */
  readonly ports?: CheckPorts
}

/** What came of one rule. */
export interface Finding {
  readonly rule: string
  readonly sentence: string
  readonly verdict: 'kept' | 'broken' | 'not tried'
  /** Why it is broken or was not tried. */
  readonly why?: string
  /** What is worth knowing and breaks nothing. */
  readonly notes: readonly string[]
  /** The last frames before it was broken, `→` to the child, `←` from it. */
  readonly frames: readonly string[]
}

/** The child's marks. */
export interface CheckReport {
  readonly findings: readonly Finding[]
  readonly kept: number
  readonly broken: number
}

/** What a rule's trial, or a law, has shown. */
type RuleOutcome = Pick<Finding, 'verdict'> & Partial<Finding>

/** The rules by kind, as data. */
const RULES: Readonly<Record<Kind, readonly Rule[]>> = { bolt: BOLT_RULES, spout: SPOUT_RULES }

/** Tries all rules. It throws for no fault of the child. */
export async function checkChild(options: CheckOptions): Promise<CheckReport> {
  const rules = RULES[options.kind]
  const outcomes = new Map<string, RuleOutcome>()
  const habits: Habits = { waitsForTick: false }
  for (const rule of rules) {
    if (rule.run === undefined) continue
    outcomes.set(rule.id, await tryRule(rule, options, habits, outcomes))
  }
  // A child that never came up has said too little to be judged by.
  const unseen: RuleOutcome =
    outcomes.get('handshake')?.verdict === 'kept'
      ? { verdict: 'kept' }
      : { verdict: 'not tried', why: 'it needs handshake' }
  const findings = rules.map(({ id, sentence }) => {
    const { verdict, why, notes = [], frames = [] } = outcomes.get(id) ?? unseen
    return { rule: id, sentence, verdict, ...(why === undefined ? {} : { why }), notes, frames }
  })
  const count = (verdict: Finding['verdict']): number => findings.filter((one) => one.verdict === verdict).length
  return { findings, kept: count('kept'), broken: count('broken') }
}

/** Tries one rule; a law that was broken meanwhile is put among the outcomes. */
async function tryRule(
  { needs = [], run }: Rule,
  options: CheckOptions,
  habits: Habits,
  outcomes: Map<string, RuleOutcome>,
): Promise<RuleOutcome> {
  const missing = ['handshake', 'frames', ...needs].find((id) => (outcomes.get(id)?.verdict ?? 'kept') !== 'kept')
  if (missing !== undefined) return { verdict: 'not tried', why: `it needs ${missing}` }
  const trial = new RuleTrial({ start: () => new Session(sessionOptions(options)), samples: options.samples, habits })
  let outcome: RuleOutcome = { verdict: 'kept' }
  try {
    await run!(trial)
  } catch (error) {
    outcome = outcomeOf(error, trial)
  }
  await Promise.all(trial.sessions.map((session) => session.kill()))
  for (const { laws, frames } of trial.sessions) {
    for (const { law, what } of laws.breaches)
      if (!outcomes.has(law)) outcomes.set(law, { verdict: 'broken', why: what, frames: [...frames] })
    if (laws.breaches.some(({ law }) => law === 'frames') && outcome.verdict === 'broken')
      outcome = { verdict: 'not tried', why: 'it needs frames' }
  }
  return { ...outcome, notes: trial.notes }
}

/** Anything else than what a rule throws is a defect. */
function outcomeOf(error: unknown, trial: RuleTrial): RuleOutcome {
  if (error instanceof NotTried) return { verdict: 'not tried', why: error.message }
  if (!(error instanceof Disappointed)) throw error
  const session = trial.sessions.at(-1)
  const words = session?.errorLines.at(-1)
  const why = words === undefined ? error.message : `${error.message}; its last words: ${words}`
  return { verdict: 'broken', why, frames: [...(session?.frames ?? [])] }
}

function sessionOptions(options: CheckOptions) {
  const { command, kind, outputs, samples, inputs: named, cwd, ports, patienceMs, startPatienceMs } = options
  const inputs = named ?? (samples[0] ?? []).map((_, index) => (index === 0 ? 'value' : `value${index + 1}`))
  return {
    command,
    kind,
    patienceMs,
    startPatienceMs,
    handshake: (pidDir: string) => handshakeFor({ kind, outputs, inputs, config: {} }, pidDir),
    ...(cwd === undefined ? {} : { cwd }),
    ...(ports === undefined ? {} : { ports }),
  }
}
