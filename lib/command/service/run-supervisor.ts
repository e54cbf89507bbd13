/** What `typhoon supervisor` does: joins, serves, and ends in good order. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Membership } from '../../cluster/supervisor/membership.ts'
import { SupervisorDaemon } from '../../cluster/supervisor/supervisor.ts'
import { isProcessName } from '../../cluster/trust/authority.ts'
import { type JoinToken, readJoinToken } from '../../cluster/trust/join-token.ts'
import { messageOf, type Problem, TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { makeServiceFolder } from '../../nimbus/service-folder.ts'
import { WORKER_MODULE } from '../../run/spare.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { version } from '../render/version.ts'
import { DaemonLog, type LogFormat } from '../show/daemon-log.ts'
import { DONE, forcedBy } from '../terminal/exit-codes.ts'
import { type StopSignal, watchSignals } from '../terminal/signals.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { tellingProblems } from './telling-problems.ts'

/** What can be set. */
export interface SupervisorFlags {
  readonly join?: string
  readonly dir: string
  readonly host?: string
  readonly name: string
  readonly slots: number
  readonly rack?: string
  readonly instance?: string
  readonly cpu?: number
  readonly memory?: number
  readonly grace: number
  readonly quiet?: boolean
  readonly logFormat?: LogFormat
}

/** The folder of this package. */
const OWN = fileURLToPath(new URL('../../../..', import.meta.url))
const PATIENCE_MS = 5000
const REJOIN_MS = 1000

/** @returns the exit code */
export function runSupervisor(flags: SupervisorFlags, terminal: Terminal): Promise<number> {
  return tellingProblems(terminal, () => serve(flags, terminal), flags)
}

async function serve(flags: SupervisorFlags, terminal: Terminal): Promise<number> {
  const { dir, name, slots, rack, instance, cpu, memory, grace } = flags
  if (!isProcessName(name))
    throw new TyphoonError('USAGE', `"${name}" is not a name for a host: letters, digits, . _ -`)
  if (instance !== undefined && !isProcessName(instance))
    throw new TyphoonError('USAGE', `"${instance}" is not an instance: letters, digits, . _ -`)
  const directory = resolve(dir)
  const says = new DaemonLog(terminal, flags, () => new Date())
  const report = (problem: Problem): void => says.problem(problem)
  const log = (level: 'info' | 'warn', message: string): void => says.say(level, message, `${level}: ${message}`)
  await makeServiceFolder(directory)
  const stop = new AbortController()
  let daemon: SupervisorDaemon | undefined
  let forced: StopSignal | undefined
  watchSignals((asked, signal) => {
    stop.abort()
    if (asked !== 'first') forced = signal
    if (asked !== 'first') return daemon?.stopNow()
    log('info', `${signal}: its workers move, or end after ${grace} s; again to stop at once`)
    void daemon?.stop(grace * 1000)
  })
  const token = flags.join === undefined ? undefined : readJoinToken(await contentOf(flags.join))
  const joined = await joinInTime(directory, flags, token, stop.signal, report)
  if (joined === undefined) return DONE
  const { membership, host } = joined
  daemon = new SupervisorDaemon({
    ...{
      directory,
      membership,
      host,
      slots,
      rack,
      instance,
      cpuCapacity: cpu,
      memoryCapacityMb: memory,
      own: OWN,
      workerModule: WORKER_MODULE,
      version: version(),
      clock: realClock,
    },
    log,
    onProblem: report,
  })
  if (!stop.signal.aborted) await daemon.run()
  return forced === undefined ? DONE : forcedBy(forced)
}

/** A nimbus that does not answer yet may be about to begin. @throws JOIN_REFUSED, BAD_CONFIG (rejects) */
async function joinInTime(
  directory: string,
  { name, host: given }: SupervisorFlags,
  token: JoinToken | undefined,
  signal: AbortSignal,
  report: (problem: Problem) => void,
): Promise<{ membership: Membership; host: string } | undefined> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      const host = given ?? (await ownAddress(token?.nimbus ?? (await Membership.nimbusesIn(directory))))
      const self = { name, hosts: [host] }
      return { membership: await Membership.open(directory, self, token, () => new Date()), host }
    } catch (error) {
      const problem = toProblem(error)
      if (problem.code !== 'SERVICE_UNREACHABLE') throw error
      if (isFirst) report(problem)
      await new Promise((settle) => setTimeout(settle, REJOIN_MS))
    }
  }
  return undefined
}

/** The address by which this machine reaches the first nimbus that answers. @throws SERVICE_UNREACHABLE (rejects) */
async function ownAddress(nimbuses: readonly string[]): Promise<string> {
  for (const nimbus of nimbuses) {
    const { hostname, port } = new URL(nimbus)
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 443, timeout: PATIENCE_MS })
    socket.on('timeout', () => socket.destroy(new Error('no answer')))
    try {
      await once(socket, 'connect')
      return socket.localAddress!
    } catch {
      // The next one may answer.
    } finally {
      socket.destroy()
    }
  }
  throw new TyphoonError('SERVICE_UNREACHABLE', `no nimbus answers at ${nimbuses.join(', ')}`, {
    hint: 'it is tried again; is the nimbus up, and its port open?',
  })
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return textOf(process.stdin)
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TyphoonError('BAD_CONFIG', `the token cannot be read: ${messageOf(cause)}`, { where: { file }, cause })
  })
}
