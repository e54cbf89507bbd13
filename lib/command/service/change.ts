/** `typhoon activate | deactivate | rebalance | kill NAME`: Storm's commands, with Storm's flags. */
import type { Command } from 'commander'
import type { TopologyView } from '../../api/schemas.ts'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { DAYS_KEPT } from '../../nimbus/logs/old-logs.ts'
import { plain } from '../render/line.ts'
import { milliseconds, plural } from '../render/numbers.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, withService } from './service-flags.ts'

/** `typhoon activate NAME` */
export function defineActivate(command: Command, shell: Shell): void {
  takesName(command).action((name: string, flags: ServiceFlags) =>
    withService(shell, flags, async (client) => {
      const view = await client.activate(name)
      tell(shell, flags, view, `the spouts of "${name}" emit`)
      return DONE
    }),
  )
}

/** `typhoon deactivate NAME` */
export function defineDeactivate(command: Command, shell: Shell): void {
  takesName(command).action((name: string, flags: ServiceFlags) =>
    withService(shell, flags, async (client) => {
      const view = await client.deactivate(name)
      tell(shell, flags, view, `the spouts of "${name}" pause; what is in flight goes on`)
      return DONE
    }),
  )
}

interface RebalanceFlags extends ServiceFlags {
  readonly wait: number
  readonly numWorkers?: number
  readonly executor?: Readonly<Record<string, number>>
}

/** `typhoon rebalance NAME` */
export function defineRebalance(command: Command, shell: Shell): void {
  takesName(command)
    .option('-n, --num-workers <n>', 'number of worker processes', parseCount)
    .option('-e, --executor <component=n>', 'number of executors of a component; repeatable', parseExecutor)
    .option('-w, --wait <secs>', 'seconds between deactivation and the end of the old workers', parseSeconds, 0)
    .action((name: string, flags: RebalanceFlags) =>
      withService(shell, flags, async (client) => {
        const { numWorkers, executor, wait } = flags
        const size = {
          ...(numWorkers === undefined ? {} : { workers: numWorkers }),
          ...(executor === undefined ? {} : { parallelism: executor }),
        }
        const pauseMs = await client.rebalance(name, size, wait)
        const { topology } = await client.status(name)
        const { workers, tasks } = topology
        const isSized = Object.keys(size).length > 0
        tell(shell, flags, { pauseMs, workers, tasks }, rebalanced(topology, pauseMs, isSized))
        return DONE
      }),
    )
    .addHelpText(
      'after',
      `\n${SERVICE_EXIT_CODES}

Without -n and -e its workers are spread over the hosts anew; where all are on one machine, nothing is done.

Example:
  $ typhoon rebalance words -n 4 -e count=8`,
    )
}

/** What has become of it. */
function rebalanced({ name, workers, tasks }: TopologyView, pauseMs: number, isSized: boolean): string {
  if (!isSized && pauseMs === 0)
    return `nothing had to be done: all workers of "${name}" are on the machine of the service; -n and -e change its size`
  const anew = isSized ? 'goes on' : 'goes on, its workers spread over the hosts anew,'
  const size = `${plural(workers, 'worker')} and ${plural(tasks, 'task')}`
  return `"${name}" ${anew} with ${size}; nothing was emitted for ${milliseconds(pauseMs)}`
}

interface KillFlags extends ServiceFlags {
  readonly wait: number
  readonly savepoint?: string | true
}

/** `typhoon kill NAME` */
export function defineKill(command: Command, shell: Shell): void {
  takesName(command)
    .option('-w, --wait <secs>', 'seconds between deactivation and the end of the workers', parseSeconds, 0)
    .option('--savepoint [name]', 'leave a savepoint, by its number unless named')
    .action((name: string, flags: KillFlags) =>
      withService(shell, flags, async (client) => {
        const { savepoint, wait } = flags
        const left = await client.kill(name, wait, savepoint === true ? '' : savepoint)
        const beside = left.savepoint === undefined ? '' : `; it has left the savepoint "${left.savepoint}"`
        const logs = `its logs are kept for ${DAYS_KEPT} days: typhoon logs ${name}`
        tell(shell, flags, left, `"${name}" has ended${beside}; ${logs}`)
        if (left.files !== undefined)
          shell.terminal.say([plain(`what it has written beside its code, such as dead letters, is in ${left.files}`)])
        return DONE
      }),
    )
    .addHelpText(
      'after',
      `
What is in flight finishes, within topology.drain.timeout.secs.

${SERVICE_EXIT_CODES}

Example:
  $ typhoon kill words --savepoint last`,
    )
}

function tell({ terminal }: Shell, { json }: ServiceFlags, answer: object, text: string): void {
  if (json === true) terminal.result(JSON.stringify(answer))
  terminal.say([plain(text)])
}

function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= 1024) return count
  throw new TyphoonError('USAGE', `"${text}" is not a number from 1 to 1024`)
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds <= 86_400) return seconds
  throw new TyphoonError('USAGE', `"${text}" is not a number of seconds from 0 to 86400`)
}

function parseExecutor(text: string, before: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  const at = text.lastIndexOf('=')
  const count = Number(text.slice(at + 1))
  if (at > 0 && /^\d+$/.test(text.slice(at + 1)) && count >= 1) return { ...before, [text.slice(0, at)]: count }
  const message = `"${text}" does not have the form component=n, with a number from 1 up`
  throw new TyphoonError('USAGE', message, { hint: 'example: -e count=4' })
}
