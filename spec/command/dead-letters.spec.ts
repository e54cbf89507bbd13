import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folderOf } from '../folder.ts'
import { typhoon } from './parts.ts'

function lineOf(n: number): string {
  const reason = { kind: 'explicit', component: 'split', task: 2, error: 'boom' }
  const about = { run: 'r', topology: 'words', component: 'lines', task: 1, stream: 'default', messageId: n }
  return JSON.stringify({
    ...about,
    ...{ values: { n, word: `w${n}` }, reason, description: 'boom', lastError: 'boom', attempts: 3 },
    time: new Date(1000 * n).toISOString(),
  })
}

function lettersOf(t: ExecutionContext): string {
  const file = join(folderOf(t), 'words.jsonl')
  writeFileSync(file, `${[1, 2, 3].map(lineOf).join('\n')}\n`)
  return file
}

function idsIn(text: string): string[] {
  const lines = text.trim().split('\n')
  return lines.map((line) => (JSON.parse(line) as { id: string }).id)
}

test('dead letters are listed, shown, exported, edited and dropped', async (t) => {
  const file = lettersOf(t)
  const [first, second] = idsIn((await typhoon('dead-letters', 'list', file, '--json')).stdout)
  const last = await typhoon('dead-letters', 'list', file, '--limit', '1', '--json')
  t.is(idsIn(last.stdout).length, 1)
  t.regex((await typhoon('dead-letters', 'list', file)).stdout, new RegExp(`${first}.*lines`))
  t.regex((await typhoon('dead-letters', 'show', file, second!)).stdout, /\.word +"w2"/)
  t.is((await typhoon('dead-letters', 'export', file, '--where', 'n == 2')).stdout, `${lineOf(2)}\n`)
  t.is((await typhoon('dead-letters', 'export', file, '--csv')).stdout.split('\n').length, 5)
  t.is((await typhoon('dead-letters', 'edit', file, second!, 'word=12', 'n=7')).code, 0)
  const values = readFileSync(file, 'utf8').split('\n')[1]
  t.deepEqual((JSON.parse(values!) as { values: unknown }).values, { n: 7, word: '12' })
  const dropped = await typhoon('dead-letters', 'drop', file, first!.slice(0, 8))
  t.is(dropped.stdout, `${lineOf(1)}\n`)
  t.is(readFileSync(file, 'utf8').split('\n').length, 3)
})

test('what is not clear is dropped by nobody', async (t) => {
  const file = lettersOf(t)
  for (const [args, code] of [
    [['drop', file], 2],
    [['drop', file, '--all', '--code', 'USAGE'], 2],
    [['drop', file, 'ffffffffffff'], 1],
    [['drop', `${file}x`, '--all'], 1],
    [['list', file, '--since', 'yesterday'], 2],
    [['list', file, '--where', 'n >'], 1],
    [['edit', file, 'ffffffffffff', 'n=1'], 1],
    [['list', `${file}.yaml`], 3],
  ] as const)
    t.is((await typhoon('dead-letters', ...args)).code, code, args.join(' '))
  t.is(readFileSync(file, 'utf8').split('\n').length, 4)
})

test('of a topology those are meant that it would write', async (t) => {
  const file = lettersOf(t)
  const topology = join(folderOf(t), 'words.yaml')
  writeFileSync(
    topology,
    `name: words\nconfig: { topology.dead.letters.file: ${JSON.stringify(file)} }\nspouts: [{ id: lines, className: SequenceSpout, constructorArgs: [1] }]\nbolts: [{ id: end, className: NullBolt }]\nstreams: [{ from: lines, to: end, grouping: { type: SHUFFLE } }]\n`,
  )
  const { stdout, stderr } = await typhoon('dead-letters', 'list', topology, '--json')
  t.is(idsIn(stdout).length, 3, stderr)
})
