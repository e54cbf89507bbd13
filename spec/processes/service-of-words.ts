/** A service as a process, and the project of a topology that splits lines into words, for tests of its commands. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { type CliRun, type Ended, typhoonProcess } from './cli.ts'
import { startedService } from './service-process.ts'

/** A bolt that splits lines. */
export const SPLIT = `
import { BasicBolt, fields } from 'typhoon'
export class Split extends BasicBolt {
  outputs = fields('word')
  execute(tuple, collector) {
    for (const word of tuple.get('line').split(' ')) collector.emit([word])
  }
}
`
/** The topology. @param follow its input does not end */
export const words = (guarantee: string, follow: boolean): string => `
name: words
config: { topology.guarantee: ${guarantee}, topology.workers: 2, topology.state.checkpoint.interval.ms: 100 }
spouts:
  - { id: lines, className: FileSpout, constructorArgs: ['\${input}', { follow: ${follow} }] }
bolts:
  - { id: split, className: './split.mjs#Split', parallelism: 2 }
  - { id: sink, className: FileSinkBolt, constructorArgs: ['\${output}'] }
streams:
  - { from: lines, to: split, grouping: { type: SHUFFLE } }
  - { from: split, to: sink, grouping: { type: GLOBAL } }
`

/** A folder with a topology, and a service that ends with the test. */
export async function begun(t: ExecutionContext, { guarantee = 'exactly-once', follow = true } = {}) {
  const project = folderOf(t, { 'words.yaml': words(guarantee, follow), 'split.mjs': SPLIT, 'package.json': '{}' })
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(project, 'node_modules/typhoon'))
  const folder = folderOf(t)
  const input = join(folder, 'input.txt')
  const output = join(folder, 'output.txt')
  writeFileSync(input, 'the man on the moon\n')
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  const up = async (): Promise<CliRun> => {
    return startedService(t, folder, env)
  }
  const ask = (...args: readonly string[]): Promise<Ended> => typhoonProcess(args, { cwd: project, env })
  const submit = (...args: readonly string[]) =>
    ask('submit', 'words.yaml', '--set', `input=${input}`, '--set', `output=${output}`, ...args)
  /** What the service has left for the commands of its user. */
  const left = (): { server: string; tokenFile: string } =>
    JSON.parse(readFileSync(join(folder, 'config/typhoon/service.json'), 'utf8'))
  return { folder, env, project, input, output, up, ask, submit, left, service: await up() }
}

/** A command has ended with this code; what it has said is shown where it has another. */
export function ended(t: ExecutionContext, { code, stderr }: Ended, wanted: number): void {
  t.is(code, wanted, stderr)
}

/** Settles when the output has so many words. */
export async function output(path: string, count: number): Promise<string[]> {
  for (;;) {
    const found = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
    if (found.length >= count) return found.sort()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
