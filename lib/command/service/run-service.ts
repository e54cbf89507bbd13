/** What `typhoon up` and `typhoon nimbus` do: serve in the foreground, or begin a process that does. */
import { spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ServiceClient } from '../../client/service-client.ts'
import { fileTrouble } from '../../identity/file-trouble.ts'
import { makeServiceFolder } from '../../nimbus/service-folder.ts'
import { plain } from '../render/line.ts'
import { DONE, FAILED } from '../terminal/exit-codes.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type ServeFlags, serve } from './serve.ts'
import { tellingProblems } from './telling-problems.ts'

/** What can be set. */
export interface UpFlags extends ServeFlags {
  readonly detach?: boolean
}

const START_LIMIT_MS = 30_000
const POLL_MS = 100

/** @returns the exit code */
export function runService(flags: UpFlags, terminal: Terminal): Promise<number> {
  return tellingProblems(
    terminal,
    () => (flags.detach === true ? detach(flags, terminal) : serve(flags, terminal)),
    flags,
  )
}

/** Starts another process that serves, and waits until it answers, or has ended. */
async function detach({ dir, port, logFormat = 'text' }: UpFlags, terminal: Terminal): Promise<number> {
  const directory = resolve(dir)
  await makeServiceFolder(directory)
  const path = join(directory, 'service.log')
  const log = await open(path, 'a', 0o600).catch((cause: unknown) => {
    throw fileTrouble(path, 'written', cause)
  })
  const from = (await log.stat()).size
  const args = ['up', '--dir', directory, '--port', String(port), '--log-format', logFormat]
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
    const settings = { server: said.server, tokenFile: join(directory, 'owner-token') }
    const client = await ServiceClient.of(settings, { patienceMs: 0 })
    await client.cluster()
    return said.server
  } catch {
    return undefined
  }
}
