/** A run goes on where the one before was, whatever the guarantee: the command, twice. */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { folderOf } from '../folder.ts'
import { CliRun, codesOf } from './cli.ts'

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `${from + index}\n`).join('')

for (const guarantee of ['at-least-once', 'exactly-once']) {
  test(`${guarantee}: a second run reads what was appended, and one with --fresh all of it`, async (t) => {
    const folder = folderOf(t)
    const [input, output, file] = ['in.txt', 'out.txt', 'copy.yaml'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(
      file,
      `name: copy
config: { topology.guarantee: ${guarantee} }
spouts: [{ id: lines, className: FileSpout, constructorArgs: [${input}] }]
bolts: [{ id: sink, className: FileSinkBolt, constructorArgs: [${output}] }]
streams: [{ from: lines, to: sink, grouping: { type: SHUFFLE } }]
`,
    )
    const run = async (...flags: string[]): Promise<void> => {
      const ended = await new CliRun(['run', file, '--state', join(folder, 'state'), ...flags]).ended
      t.is(ended.code, 0, ended.stderr)
      t.deepEqual(codesOf(ended), [])
    }
    await writeFile(input, lines(0, 1000))
    await run()
    await run()
    t.is(await readFile(output, 'utf8'), lines(0, 1000))
    await appendFile(input, lines(1000, 1500))
    await run()
    t.is(await readFile(output, 'utf8'), lines(0, 1500))
    await rm(output)
    await run('--fresh')
    t.is(await readFile(output, 'utf8'), lines(0, 1500))
  })
}
