/** What a rule is, and what it has to try a child with. */
import type { TupleJson } from '../wire/messages.ts'
import { Disappointed, type Session } from './session.ts'
import { tick } from './setup.ts'

/** One rule of the protocol: how it is called, what it says, how it is tried. */
export interface Rule {
  /** Stable: scripts may rely on it. */
  readonly id: string
  readonly sentence: string
  /** Where one of these is broken or was not tried, this one would say nothing. */
  readonly needs?: readonly string[]
  /** Tries it. Left out: it is a law, which is judged by all that the child says. @throws Disappointed, NotTried */
  readonly run?: (trial: RuleTrial) => Promise<void>
}

/** A rule that this child gives no opportunity to try. */
export class NotTried extends Error {}

/** What was learned of the child, for all the rules that come after. */
export interface Habits {
  /** It answers its tuples after a tick alone. */
  waitsForTick: boolean
}

export interface RuleTrialOptions {
  readonly start: () => Session
  readonly samples: readonly (readonly unknown[])[]
  readonly habits: Habits
}

/** One rule being tried, with children of its own. */
export class RuleTrial {
  readonly samples: RuleTrialOptions['samples']
  readonly sessions: Session[] = []
  readonly notes: string[] = []
  readonly #options: RuleTrialOptions

  constructor(options: RuleTrialOptions) {
    this.#options = options
    this.samples = options.samples
  }

  /** A new child, not yet up. */
  start(): Session {
    const session = this.#options.start()
    this.sessions.push(session)
    return session
  }

  /** A new child that can be used. @throws Disappointed */
  up(): Promise<Session> {
    return this.start().up()
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  /** The values of `samples`, as often as it takes. */
  manySamples(count: number): (readonly unknown[])[] {
    return Array.from({ length: count }, (_, index) => this.samples[index % this.samples.length]!)
  }

  /** The first sample, its first text replaced. @throws NotTried where there is no text in any */
  sampleWith(text: string): unknown[] {
    const sample = this.samples.find((values) => values.some((value) => typeof value === 'string'))
    if (sample === undefined) throw new NotTried('no sample tuple has a text')
    const at = sample.findIndex((value) => typeof value === 'string')
    return sample.map((value, index) => (index === at ? text : value))
  }

  /** Sends tuples and waits until all that the child has are acked or failed. @throws Disappointed */
  async sendAndSettle(session: Session, ...tuples: readonly (readonly unknown[])[]): Promise<void> {
    session.sendTuples(...tuples)
    await this.settle(session)
  }

  /**
   * Waits until each tuple is acked or failed. Where nothing comes, a tick may help: some bolts work at ticks.
   * @param orElse what will do instead
   * @throws Disappointed
   */
  async settle(session: Session, orElse = () => false): Promise<void> {
    const { habits } = this.#options
    const { laws } = session
    const over = (): Promise<void> => session.until('each tuple is acked or failed', () => laws.open === 0 || orElse())
    if (habits.waitsForTick) session.sendOwn(tick)
    try {
      await over()
    } catch (error) {
      if (habits.waitsForTick || session.exit !== undefined || !(error instanceof Disappointed)) throw error
      session.sendOwn(tick)
      await over().catch(() => {
        const open = [...laws.tuples].flatMap(([id, fate]) => (fate === 'open' ? [`"${id}"`] : []))
        throw new Disappointed(`${error.message}; open: ${open.slice(0, 5).join(', ')}${open.length > 5 ? ' …' : ''}`)
      })
      habits.waitsForTick = true
      this.note('it answers tuples after a tick alone')
    }
  }

  /** Sends one of the runtime's own tuples, and waits for as many syncs more. @throws Disappointed */
  async sendForSync(session: Session, what: string, ...make: ((id: string) => TupleJson)[]): Promise<void> {
    const before = session.laws.syncs
    for (const one of make) session.sendOwn(one)
    await session.until(what, () => session.laws.syncs >= before + make.length)
  }
}
