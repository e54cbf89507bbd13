/** `typhoon run FILE`: loads, plans and runs a topology, shows how it goes on, and says what it came to. */
import type { Command } from 'commander'
import type { RunStatus } from '../daemon/events.ts'
import type { Nimbus } from '../daemon/nimbus.ts'
import { hasDeadLetters, type RunReport, Tally } from '../daemon/report.ts'
import { runTopology } from '../daemon/run-topology.ts'
import { functionsOf, type RunningDrpc, startDrpc } from '../drpc/start-drpc.ts'
import { TyphoonError, toProblem } from '../errors/typhoon-error.ts'

import { planTopology } from '../scheduler/plan.ts'
import { ackerCount, userComponents } from '../scheduler/system-topology.ts'
import { resolveConfig } from '../topology/config.ts'
import { realClock } from '../util/real-clock.ts'
import { parseDirectory, parseDuration } from './arguments.ts'
import { configOf, type DefinitionFlags, type Loaded, load, takesTopology } from './definition.ts'
import { DONE, EXIT_CODES_HELP, FAILED, forcedBy, INVALID } from './exit-codes.ts'
import { Progress } from './progress.ts'
import { plain } from './render/line.ts'
import { plural } from './render/numbers.ts'
import { type SummaryOptions, summary } from './render/summary.ts'
import { RunConsole } from './run-console.ts'
import type { Shell } from './shell.ts'
import { type StopSignal, watchSignals } from './signals.ts'
import type { Terminal } from './terminal.ts'

interface RunFlags extends DefinitionFlags {
  /** Milliseconds. */
  readonly for?: number
  /** A path, meant from the working directory, which the workers share. */
  readonly state?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly logJson?: boolean
  readonly failOnDeadLetters?: boolean
}

export function defineRun(command: Command, shell: Shell): void {
  takesTopology(command)
    .option('--state <dir>', 'folder of what Trident keeps; goes before topology.state.dir', parseDirectory)
    .option('--for <time>', 'end the input after this time: 500ms, 30s, 5m, 1.5h', parseDuration)
    .option('--json', 'print the report as the last line of stdout, as one JSON object')
    .option('--fail-on-dead-letters', 'exit with 1 where a tuple became a dead letter')
    .option('--quiet', 'print results, warnings and errors alone')
    .option('--log-json', 'log as one JSON object a line, with time and level, in place of text, progress and summary')
    .action(async (file: string, flags: RunFlags) => {
      shell.exitCode = await run(file, flags, shell.terminal)
    })
    .addHelpText(
      'after',
      `
Ctrl-C (SIGINT, SIGTERM, SIGHUP) stops the spouts and waits for what is in flight; a second one stops at once.

${EXIT_CODES_HELP}

Examples:
  $ typhoon run topology.yaml
  $ typhoon run topology.yaml --workers 4 --set input='books/*.txt' --json
  $ typhoon run topology.yaml --state /var/lib/typhoon
  $ typhoon run topology.yaml --for 30s -c topology.max.spout.pending=1000`,
    )
}

async function run(file: string, flags: RunFlags, terminal: Terminal): Promise<number> {
  const state = flags.state === undefined ? {} : { 'topology.state.dir': flags.state }
  const config = { ...configOf(flags), ...state }
  const loaded = await load(file, { ...flags, config }, terminal)
  if ('problems' in loaded) {
    if (flags.json === true) terminal.result(JSON.stringify({ status: 'invalid', problems: loaded.problems }))
    return INVALID
  }
  return new Run(loaded, { ...flags, config }, terminal).toEnd()
}

/** One run, from the start of the workers to the summary. */
class Run {
  readonly #loaded: Loaded
  readonly #flags: RunFlags
  readonly #terminal: Terminal
  readonly #console: RunConsole
  #nimbus: Nimbus | undefined
  /** Where the topology serves functions. */
  #drpc: RunningDrpc | undefined
  #progress: Progress | undefined
  #cancelTimeLimit: (() => void) | undefined
  #hasRun = false
  #stopAsked = false
  #forced: StopSignal | undefined

  constructor(loaded: Loaded, flags: RunFlags, terminal: Terminal) {
    this.#loaded = loaded
    this.#flags = flags
    this.#terminal = terminal
    this.#console = new RunConsole(terminal, {
      verbosity: flags.quiet === true ? 'quiet' : flags.verbose === true ? 'verbose' : 'normal',
      asJson: flags.logJson === true,
      now: () => new Date(),
    })
  }

  /** @returns the exit code */
  async toEnd(): Promise<number> {
    const { definition, source } = this.#loaded
    const events = { ...this.#console.events, onStatus: (status: RunStatus) => this.#onStatus(status) }
    // Before the first worker is started, for whoever sees one may send a signal; and until the process has ended, for
    // one may come with its last words.
    watchSignals((asked, signal) => this.#onSignal(asked, signal))
    try {
      this.#drpc = await this.#startDrpc()
      this.#nimbus = await runTopology(definition, source, events, this.#drpc?.resources)
    } catch (error) {
      await this.#drpc?.close()
      return this.#conclude(this.#notStarted(error))
    }
    if (this.#stopAsked) this.#stop()
    this.#terminal.onBroken((failure) => (failure === undefined ? this.#nimbus?.drain() : this.#nimbus?.fail(failure)))
    if (this.#tellsProgress) this.#progress = new Progress(this.#terminal, this.#nimbus)
    const report = await this.#nimbus.done
    this.#cancelTimeLimit?.()
    this.#progress?.stop()
    await this.#drpc?.close()
    return this.#conclude(report)
  }

  /** The server is there before the first worker, which connects to it. @throws PORT_TAKEN (rejects) */
  async #startDrpc(): Promise<RunningDrpc | undefined> {
    const { topology } = this.#loaded.definition
    const functions = functionsOf(topology)
    if (functions.length === 0) return undefined
    const drpc = await startDrpc(resolveConfig(topology.config), functions, (problem) => this.#console.tell(problem))
    this.#console.notice(
      `DRPC on ${drpc.url} (${functions.length > 1 ? 'functions' : 'function'} ${functions.join(', ')})`,
    )
    if (drpc.madeToken !== undefined)
      this.#terminal.say([
        plain(`DRPC token: ${drpc.madeToken}, for ${drpc.url}; it is told this once, drpc.token sets one of your own`),
      ])
    return drpc
  }

  #onStatus(status: RunStatus): void {
    if (status === 'draining' || status === 'stopping') this.#drpc?.drain()
    if (status === 'running') {
      this.#hasRun = true
      const limit = this.#flags.for
      // A worker that died while the bolts were ending leads back here; the time was up before.
      if (limit !== undefined) this.#cancelTimeLimit ??= realClock.after(limit, () => this.#nimbus?.drain(true))
      if (!this.#terminal.isLive) this.#console.notice(`${this.#sizeText()} running`)
    }
    if (status !== 'done') this.#progress?.refresh()
  }

  #onSignal(asked: 'first' | 'again', signal: StopSignal): void {
    if (this.#nimbus?.status === 'done' && asked === 'first') return
    if (asked === 'first') {
      const seconds = resolveConfig(this.#loaded.definition.topology.config)['topology.drain.timeout.secs']
      this.#console.notice(`${signal}: what is in flight finishes, for ${seconds} s at most; once more stops at once`)
    } else {
      this.#forced ??= signal
      this.#terminal.hurry()
    }
    this.#stopAsked = true
    this.#stop()
  }

  /** Stops as the last signal wants it, once there is something to stop. */
  #stop(): void {
    if (this.#forced === undefined) this.#nimbus?.drain()
    else this.#nimbus?.stopNow()
  }

  /** The report of a run that could not begin. @throws what is no error of a run */
  #notStarted(error: unknown): RunReport {
    if (!(error instanceof TyphoonError)) throw error
    return new Tally(planTopology(this.#loaded.definition.topology)).report('failed', 0, toProblem(error))
  }

  /** Progress and summary are text for people. */
  get #tellsProgress(): boolean {
    return this.#flags.quiet !== true && this.#flags.logJson !== true
  }

  async #conclude(ended: RunReport): Promise<number> {
    const { json, failOnDeadLetters } = this.#flags
    const isIncomplete = failOnDeadLetters === true && ended.roots.deadLettered > 0 && ended.problem === undefined
    const report = isIncomplete ? { ...ended, problem: hasDeadLetters(ended) } : ended
    const tracked = ackerCount(this.#loaded.definition.topology) > 0
    const { columns } = this.#terminal
    const width = columns === undefined ? {} : { columns }
    this.#console.tellRest()
    // Of a run that has not begun there is nothing to tell but why.
    if (this.#tellsProgress && (this.#hasRun || report.status !== 'failed')) {
      const { restarts } = this.#console
      this.#terminal.say(summary(report, { tracked, restarts, ...width, ...this.#besides() }))
    }
    if (report.problem !== undefined) this.#console.tellOnce(report.problem)
    if (json === true) this.#terminal.result(JSON.stringify(report))
    await this.#terminal.flush()
    if (this.#forced !== undefined) return forcedBy(this.#forced)
    return report.status === 'failed' || report.problem !== undefined ? FAILED : DONE
  }

  #besides(): Pick<SummaryOptions, 'stall' | 'badFrames' | 'ownCounters'> {
    const tally = this.#nimbus?.tally
    if (tally === undefined) return {}
    const limit = resolveConfig(this.#loaded.definition.topology.config)['topology.loop.stall.ms']
    return {
      badFrames: tally.badFrames,
      ownCounters: tally.ownCounters(),
      ...(tally.longestStall.ms > limit ? { stall: tally.longestStall } : {}),
    }
  }

  #sizeText(): string {
    const { topology } = this.#loaded.definition
    const components = userComponents(topology)
    const tasks = components.reduce((sum, [, spec]) => sum + spec.tasks, 0)
    const workers = resolveConfig(topology.config)['topology.workers']
    return `${topology.name}: ${plural(components.length, 'component')}, ${plural(tasks, 'task')}, ${plural(workers, 'worker')},`
  }
}
