/**
 * Whoever gets a SIGTERM drains, and ends within its grace time, though a bolt hangs; a second signal ends it at once.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { childrenOf, isAlive } from '../storm/cluster.ts'
import { CliRun, typhoonProcess } from './cli.ts'
import { SmallCluster, until } from './small-cluster.ts'

/** In both of the ways in which a bolt can hang. */
const HANGING = `
import { existsSync, writeFileSync } from 'node:fs'
import { BasicBolt } from 'typhoon'
export class Waiting extends BasicBolt {
  #sign
  constructor(sign) {
    super()
    this.#sign = sign
  }
  execute() {
    writeFileSync(this.#sign, '')
    return new Promise(() => {})
  }
}
export class Looping extends Waiting {
  execute() {
    super.execute()
    for (;;);
  }
}
`
const words = (className: string, drainSecs: number): string => `
name: words
config: { topology.drain.timeout.secs: ${drainSecs} }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: true }] }
bolts:
  - { id: hangs, className: './hanging.mjs#${className}', constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: hangs, grouping: { type: SHUFFLE } }
`
/** Nobody waits for so long. */
const LONG_SECS = 3600

/** All that a process has started. */
function below(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...below(child)])
}

/** It has ended so, and nothing of it is left. */
async function endsWith(t: ExecutionContext, run: CliRun, code: number): Promise<void> {
  const started = below(run.pid)
  const ended = await run.ended
  t.is(ended.code, code, ended.stderr)
  await until(() => !started.some(isAlive))
}

/** A topology on a host whose bolt hangs in its first tuple. */
async function hanging(t: ExecutionContext, className: string, drainSecs: number, graceSecs: number) {
  const cluster = await SmallCluster.begin(t, { 'words.yaml': words(className, drainSecs), 'hanging.mjs': HANGING })
  const host = await cluster.supervisor('a', { graceSecs })
  t.is((await cluster.submit()).code, 0)
  cluster.append(['one'])
  await until(() => cluster.hasOutput)
  return { cluster, host }
}

/** The same as a service on this machine alone. */
async function hangingService(t: ExecutionContext, className: string, drainSecs: number): Promise<CliRun> {
  const folder = folderOf(t, { 'input.txt': 'one\n' })
  const project = SmallCluster.project(t, { 'words.yaml': words(className, drainSecs), 'hanging.mjs': HANGING })
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  const service = new CliRun(['up', '--dir', join(folder, 'service'), '--port', '0'], { env })
  t.teardown(async () => {
    service.signal('SIGKILL')
    await service.ended
  })
  await service.line(/service\.json$/)
  const places = ['--set', `input=${join(folder, 'input.txt')}`, '--set', `output=${join(folder, 'sign')}`]
  const submitted = await typhoonProcess(['submit', 'words.yaml', ...places], { cwd: project, env })
  t.is(submitted.code, 0, submitted.stderr)
  await until(() => existsSync(join(folder, 'sign')))
  return service
}

for (const className of ['Waiting', 'Looping']) {
  test.serial(`typhoon up ends when the drain timeout is over (${className})`, async (t) => {
    const service = await hangingService(t, className, 1)
    service.signal('SIGTERM')
    await endsWith(t, service, 0)
  })

  test.serial(`a host ends when its grace time is over (${className})`, async (t) => {
    const { host } = await hanging(t, className, LONG_SECS, 1)
    host.signal('SIGTERM')
    await endsWith(t, host, 0)
  })
}

test.serial('a second signal ends typhoon up at once', async (t) => {
  const service = await hangingService(t, 'Looping', LONG_SECS)
  service.signal('SIGTERM')
  await service.line(/again to stop at once/)
  service.signal('SIGINT')
  await endsWith(t, service, 130)
})

test.serial('a second signal ends a host at once', async (t) => {
  const { host } = await hanging(t, 'Looping', LONG_SECS, LONG_SECS)
  host.signal('SIGTERM')
  await host.line(/again to stop at once/)
  host.signal('SIGINT')
  await endsWith(t, host, 130)
})

test.serial('a host whose nimbus does not answer any more has nobody to wait for', async (t) => {
  const { cluster, host } = await hanging(t, 'Waiting', LONG_SECS, LONG_SECS)
  cluster.nimbus.signal('SIGSTOP')
  await host.line(/has broken/)
  host.signal('SIGTERM')
  await endsWith(t, host, 0)
})

test.serial('a nimbus ends at once, and its hosts end what hangs when their lease is over', async (t) => {
  const { cluster, host } = await hanging(t, 'Looping', LONG_SECS, 1)
  cluster.nimbus.signal('SIGTERM')
  t.is((await cluster.nimbus.ended).code, 0)
  await until(() => childrenOf(host.pid).length === 0)
  host.signal('SIGTERM')
  await endsWith(t, host, 0)
})
