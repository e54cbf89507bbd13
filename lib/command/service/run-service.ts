/** What `typhoon up` does: opens the service, says where it is, and ends it in good order. */
import { spawn } from 'node:child_process'
import { chmod, open, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { startApi } from '../../api/api-server.ts'
import { Tokens } from '../../api/tokens.ts'
import { ServiceClient } from '../../client/service-client.ts'
import { saveSettings } from '../../client/settings.ts'
import { Cluster } from '../../cluster/hosts/cluster.ts'
import { type Problem, TyphoonError } from '../../errors/typhoon-error.ts'
import { DirectoryLeadership } from '../../nimbus/leadership/directory-leadership.ts'
import { makeServiceFolder, Nimbus } from '../../nimbus/nimbus.ts'
import { realClock } from '../../util/time/real-clock.ts'
import { plain } from '../render/line.ts'
import { plural } from '../render/numbers.ts'
import { problemLines } from '../render/problem.ts'
import { version } from '../render/version.ts'
import { DONE, FAILED, forcedBy } from '../terminal/exit-codes.ts'
import { type StopSignal, watchSignals } from '../terminal/signals.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What can be set. */
export interface UpFlags {
  readonly dir: string
  readonly port: number
  readonly detach?: boolean
  readonly quiet?: boolean
  /** It leads hosts; unless given it runs all workers itself. */
  readonly hosts?: HostsFlags
}

/** How it leads hosts. */
interface HostsFlags {
  readonly host: string
  readonly advertised: string
  readonly port: number
  readonly leaseMs: number
  readonly stateFolder: string | undefined
}

/** The token of whoever begins the service. */
const OWNER = 'owner'
/** Of a nimbus in its certificate. */
const NIMBUS_NAME = 'nimbus'
const START_LIMIT_MS = 30_000
const POLL_MS = 100

/** @returns the exit code */
export function runService(flags: UpFlags, terminal: Terminal): Promise<number> {
  return tellingProblems(terminal, () => (flags.detach === true ? detach(flags, terminal) : serve(flags, terminal)))
}

/** Tells what goes wrong with what is done. @returns the exit code */
export async function tellingProblems(terminal: Terminal, action: () => Promise<number>): Promise<number> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    terminal.say(error.problems.flatMap(problemLines))
    return FAILED
  }
}

async function serve({ dir, port, hosts, quiet = false }: UpFlags, terminal: Terminal): Promise<number> {
  const now = (): Date => new Date()
  const directory = resolve(dir)
  const notice = (text: string): void => void (quiet || terminal.say([plain(text)]))
  const report = (problem: Problem): void => void terminal.say(problemLines(problem))
  await makeServiceFolder(directory)
  const leadership = new DirectoryLeadership(directory)
  const reign = await leadership.campaign({ id: 'up', address: '' }, new AbortController().signal)
  const log = (level: 'info' | 'warn', message: string): void => {
    if (level === 'warn' || !quiet) terminal.say([plain(`${level}: ${message}`)])
  }
  const cluster =
    hosts === undefined
      ? undefined
      : await Cluster.open({ ...hosts, directory, name: NIMBUS_NAME, clock: realClock, now, log, onTrouble: report })
  const nimbus = await Nimbus.open({
    ...{ directory, reign, clock: realClock, now, onTrouble: report },
    ...{ engine: cluster?.engine, stateFolder: hosts?.stateFolder },
  })
  const ended = new Promise<StopSignal | undefined>((settle) => {
    watchSignals((asked, signal) => {
      if (asked === 'first') {
        notice(`${signal}: draining ${plural(nimbus.topologies.length, 'topology')}; again to stop at once`)
        void nimbus.close().then(() => settle(undefined))
      } else void nimbus.stopNow().then(() => settle(signal))
    })
  })
  try {
    const tokens = await Tokens.open(directory, now)
    const tokenFile = await ownToken(directory, tokens)
    const api = await startApi({ port, nimbus, tokens, directory, version: version(), onTrouble: report })
    const clusterAddress = await cluster?.serve(nimbus)
    nimbus.begin()
    const saved = await saveSettings({ server: api.url, tokenFile, stateFolder: nimbus.stateFolder }, process.env)
    const said = { server: api.url, pid: process.pid, cluster: clusterAddress }
    await writeFile(join(directory, 'service.json'), JSON.stringify(said), { mode: 0o600 })
    notice(`typhoon ${version()} on ${api.url}, with ${plural(nimbus.topologies.length, 'topology')}`)
    if (clusterAddress !== undefined)
      notice(`hosts come to ${clusterAddress}, with a token: typhoon cluster token --dir ${directory}`)
    notice(`files in ${directory}; commands find it by ${saved}`)
    const forced = await ended
    await api.close()
    await cluster?.close()
    return forced === undefined ? DONE : forcedBy(forced)
  } catch (error) {
    await nimbus.close()
    throw error
  }
}

/**
 * The file of a token that may do everything, which its owner alone reads; made anew where it does not count any more.
 */
async function ownToken(directory: string, tokens: Tokens): Promise<string> {
  const path = join(directory, 'owner-token')
  const known = await readFile(path, 'utf8').catch(() => '')
  if (typeof tokens.bearer(`Bearer ${known.trim()}`) === 'object') return path
  const made = await tokens.make(OWNER, 'admin')
  await writeFile(path, `${made}\n`, { mode: 0o600 })
  await chmod(path, 0o600)
  return path
}

/** Starts another process that serves, and waits until it answers, or has ended. */
async function detach({ dir, port }: UpFlags, terminal: Terminal): Promise<number> {
  const directory = resolve(dir)
  await makeServiceFolder(directory)
  const path = join(directory, 'service.log')
  const log = await open(path, 'a', 0o600)
  const from = (await log.stat()).size
  const args = ['up', '--dir', directory, '--port', String(port)]
  const child = spawn(process.execPath, [process.argv[1]!, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: directory,
    env: withoutNpm(process.env),
  })
  let how: string | undefined
  child.once('error', (error) => {
    how = error.message
  })
  child.once('exit', (code, signal) => {
    how = signal ?? `exit code ${code}`
  })
  try {
    for (let waited = 0; waited < START_LIMIT_MS && how === undefined; waited += POLL_MS) {
      const server = await answering(directory, child.pid)
      if (server !== undefined) {
        terminal.say([plain(`the service answers on ${server} (process ${child.pid}); its log is ${path}`)])
        child.unref()
        return DONE
      }
      await new Promise((settle) => setTimeout(settle, POLL_MS))
    }
    const said = (await readFile(path)).subarray(from).toString().trimEnd()
    if (said !== '') terminal.say(said.split('\n').map(plain))
    terminal.say([
      plain(`the service has not begun (${how ?? `it does not answer within ${START_LIMIT_MS / 1000} s`})`),
    ])
    if (how === undefined) child.kill('SIGTERM')
    return FAILED
  } finally {
    await log.close()
  }
}

/** npm may go: it has only begun what begins the service. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('npm_')))
}

/** The address of the service of a process, where it answers. */
async function answering(directory: string, pid: number | undefined): Promise<string | undefined> {
  try {
    const said = JSON.parse(await readFile(join(directory, 'service.json'), 'utf8')) as { server: string; pid: number }
    if (said.pid !== pid) return undefined
    const client = await ServiceClient.of({ server: said.server, tokenFile: join(directory, 'owner-token') })
    await client.cluster()
    return said.server
  } catch {
    return undefined
  }
}
