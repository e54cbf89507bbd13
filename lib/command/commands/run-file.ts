/** What `typhoon run` does: loads, plans and runs a topology, shows how it goes on, and says what it came to. */
import { type Problem, toProblem } from '../../errors/typhoon-error.ts'
import { asksForTelemetry } from '../../otlp/settings.ts'
import { findingsOver } from '../../run/findings.ts'
import {
  type DrpcService,
  type LoadedTopology,
  type Run,
  type RunReport,
  type RunStatus,
  run,
} from '../../run/index.ts'
import { Recorder } from '../../run/record.ts'
import type { SpareProcess } from '../../run/spare.ts'
import type { ServedRun } from '../../ui/serve-run.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { configOf, type DefinitionFlags, load } from '../input/definition.ts'
import { plain } from '../render/line.ts'
import { plural } from '../render/numbers.ts'
import { sizeText } from '../render/size.ts'
import { type SummaryOptions, summary } from '../render/summary.ts'
import { version } from '../render/version.ts'
import type { LogFormat } from '../show/daemon-log.ts'
import { openPage, pageAddress } from '../show/open-page.ts'
import { Progress } from '../show/progress.ts'
import { RunConsole } from '../show/run-console.ts'
import { DONE, FAILED, forcedBy, INVALID } from '../terminal/exit-codes.ts'
import { type StopSignal, watchSignals } from '../terminal/signals.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What can be set. */
export interface RunFlags extends DefinitionFlags {
  /** Milliseconds. */
  readonly for?: number
  /** A path, meant from the working directory, which the workers share. */
  readonly state?: string
  readonly fresh?: boolean
  readonly allowDroppedState?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
  readonly logFormat?: LogFormat
  readonly failOnDeadLetters?: boolean
  readonly ui?: boolean
  readonly open?: boolean
  /** The file of the token. */
  readonly metrics?: string
  readonly metricsPort?: number
}

/** @param spare a process for the first worker; whoever made it closes it @returns the exit code */
export async function runFile(file: string, flags: RunFlags, terminal: Terminal, spare: SpareProcess): Promise<number> {
  const state = flags.state === undefined ? {} : { 'topology.state.dir': flags.state }
  const config = { ...configOf(flags), ...state }
  const loaded = await load(file, { ...flags, config }, terminal)
  if ('problems' in loaded) {
    if (flags.json === true) terminal.result(JSON.stringify({ status: 'invalid', problems: loaded.problems }))
    return INVALID
  }
  return new ShownRun(loaded, { ...flags, config }, terminal, spare).toEnd()
}

/** One run, from the start of the workers to the summary. */
class ShownRun {
  readonly #loaded: LoadedTopology
  readonly #flags: RunFlags
  readonly #terminal: Terminal
  readonly #console: RunConsole
  readonly #run: Run
  readonly #recorder = new Recorder(realClock, () => new Date())
  #progress: Progress | undefined
  #cancelTimeLimit: (() => void) | undefined
  #hasRun = false
  #forced: StopSignal | undefined

  constructor(loaded: LoadedTopology, flags: RunFlags, terminal: Terminal, spare: SpareProcess) {
    this.#loaded = loaded
    this.#flags = flags
    this.#terminal = terminal
    this.#console = new RunConsole(terminal, {
      verbosity: flags.quiet === true ? 'quiet' : flags.verbose === true ? 'verbose' : 'normal',
      asJson: flags.logFormat === 'json',
      topology: loaded.name,
      now: () => new Date(),
    })
    this.#run = run(loaded, {
      spare,
      fresh: flags.fresh === true,
      allowDroppedState: flags.allowDroppedState === true,
    })
    this.#recorder.record(this.#run, loaded.topology)
    this.#run.listen(this.#console.events)
    this.#run.listen({
      onStatus: (status) => this.#onStatus(status),
      onServing: (service) => this.#onServing(service),
    })
  }

  /** @returns the exit code */
  async toEnd(): Promise<number> {
    // Before the first worker is started, for whoever sees one may send a signal; and until the process has ended, for
    // one may come with its last words.
    watchSignals((asked, signal) => this.#onSignal(asked, signal))
    this.#terminal.onBroken((failure) => void (failure === undefined ? this.#run.drain() : this.#run.fail(failure)))
    if (this.#tellsProgress) this.#progress = new Progress(this.#terminal, this.#run)
    const { ui, metrics } = this.#flags
    const served = ui === true || metrics !== undefined ? this.#letLook() : undefined
    const telemetry = asksForTelemetry(process.env) ? this.#export() : undefined
    const report = await this.#run.done.finally(async () => {
      await Promise.all([served, telemetry].map(async (looking) => (await looking)?.close()))
    })
    this.#cancelTimeLimit?.()
    this.#progress?.stop()
    return this.#conclude(report)
  }

  /** A collector of OpenTelemetry gets what is counted, where the environment asks for it. */
  async #export(): Promise<{ close(): Promise<void> }> {
    const { exportRun } = await import('../../ui/export-run.ts')
    return exportRun(this.#run, this.#loaded, {
      ...{ clock: realClock, recorder: this.#recorder, now: () => new Date() },
      ...{ version: version(), variables: process.env },
      onTrouble: (problem) => this.#console.tell(problem),
    })
  }

  /** The page is there as soon as the run is, and what is scraped. */
  async #letLook(): Promise<ServedRun | undefined> {
    const { metrics, metricsPort, ui, open } = this.#flags
    const onTrouble = (problem: Problem): void => this.#console.tell(problem)
    try {
      const { serveRun } = await import('../../ui/serve-run.ts')
      const { scraperToken } = await import('../../ui/scraper-token.ts')
      const scraped = metrics === undefined ? {} : { port: metricsPort, scraper: await scraperToken(metrics) }
      const served = await serveRun(this.#run, this.#loaded, {
        ...{ recorder: this.#recorder, now: () => new Date(), version: version(), onTrouble, ...scraped },
        onChange: ({ operation, status }) => this.#console.notice(`asked for in a browser: ${operation} (${status})`),
      })
      if (metrics !== undefined) this.#terminal.say([plain(`scrape it at ${served.url}/metrics`)])
      if (ui !== true) return served
      const address = pageAddress(served.url, served.code)
      this.#terminal.say([plain(`look at it in a browser, once: ${address}`)])
      if (open === true) await openPage(address)
      return served
    } catch (error) {
      onTrouble(toProblem(error))
      return undefined
    }
  }

  #onServing({ url, functions, madeToken }: DrpcService): void {
    this.#console.notice(`DRPC on ${url} (${functions.length > 1 ? 'functions' : 'function'} ${functions.join(', ')})`)
    if (madeToken === undefined) return
    this.#terminal.say([
      plain(`DRPC token: ${madeToken}, for ${url}; it is shown only now; drpc.token sets one of your own`),
    ])
  }

  #onStatus(status: RunStatus): void {
    if (status === 'running') {
      this.#hasRun = true
      const limit = this.#flags.for
      // A worker that died while the bolts were ending leads back here; the time was up before.
      if (limit !== undefined)
        this.#cancelTimeLimit ??= realClock.after(limit, () => void this.#run.drain({ endInput: true }))
      const { name, size } = this.#loaded
      if (!this.#terminal.isLive) this.#console.notice(`${name}: ${sizeText(size)}, running`)
    }
    if (status !== 'done') this.#progress?.refresh()
  }

  #onSignal(asked: 'first' | 'again', signal: StopSignal): void {
    if (asked === 'first') {
      if (this.#run.status === 'done') return
      const seconds = this.#loaded.config['topology.drain.timeout.secs']
      const again = signal === 'SIGINT' ? 'press Ctrl-C again to stop at once' : 'a second signal stops it at once'
      this.#console.notice(`${signal}: draining for up to ${seconds} s; ${again}`)
      void this.#run.drain()
    } else {
      this.#forced ??= signal
      this.#terminal.hurry()
      void this.#run.stopNow()
    }
  }

  /** Progress and summary are text for people. */
  get #tellsProgress(): boolean {
    return this.#flags.quiet !== true && this.#flags.logFormat !== 'json'
  }

  async #conclude(ended: RunReport): Promise<number> {
    const { json, failOnDeadLetters } = this.#flags
    const isIncomplete = failOnDeadLetters === true && ended.roots.deadLettered > 0 && ended.problem === undefined
    const report = isIncomplete ? { ...ended, problem: hasDeadLetters(ended) } : ended
    const { columns } = this.#terminal
    const width = columns === undefined ? {} : { columns }
    this.#console.tellRest(report.problem)
    // Of a run that has not begun there is nothing to tell but why.
    if (this.#tellsProgress && (this.#hasRun || report.status !== 'failed')) {
      const { restarts } = this.#console
      const { isTracked, config } = this.#loaded
      const isExact = config['topology.guarantee'] === 'exactly-once'
      this.#terminal.say(summary(report, { tracked: isTracked, isExact, restarts, ...width, ...this.#besides() }))
    }
    if (report.problem !== undefined) this.#console.tellOnce(report.problem)
    if (json === true) this.#terminal.result(JSON.stringify(report))
    await this.#terminal.flush()
    if (this.#forced !== undefined) return forcedBy(this.#forced)
    return report.status === 'failed' || report.problem !== undefined ? FAILED : DONE
  }

  #besides(): Pick<SummaryOptions, 'stall' | 'badFrames' | 'ownCounters' | 'bottleneck'> {
    const metrics = this.#run.metrics()
    if (metrics === undefined) return {}
    const { badFrames, longestStall, components } = metrics
    const limit = this.#loaded.config['topology.loop.stall.ms']
    const own = Object.entries(components).flatMap(([component, { counters }]) =>
      Object.entries(counters).map(([counter, sum]) => [`${component}: ${counter}`, sum] as const),
    )
    return {
      badFrames,
      ownCounters: new Map(own),
      ...this.#bottleneck(),
      ...(longestStall.ms > limit ? { stall: longestStall } : {}),
    }
  }

  /** Over the whole run. */
  #bottleneck(): Pick<SummaryOptions, 'bottleneck'> {
    const found = findingsOver(this.#recorder.history, this.#loaded.topology, 'all', new Date())
    const bottleneck = found.find(({ code }) => code === 'BOTTLENECK')
    return bottleneck === undefined ? {} : { bottleneck: `${bottleneck.text} ${bottleneck.advice}` }
  }
}

/** The run was to fail where a tuple became a dead letter. */
function hasDeadLetters({ roots, deadLetterFiles = [] }: RunReport): Problem {
  return {
    code: 'DEAD_LETTERS',
    message: `${plural(roots.deadLettered, 'tuple')} of this run ended in the dead letters`,
    where: {},
    hint: `see ${deadLetterFiles.join(', ')}: each line has its reason and the id of its run`,
  }
}
