/** What a service says of what it cannot do, and what it does then; and what it leaves to its user. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { misfit } from '../../lib/api/schema.ts'
import { SCHEMAS } from '../../lib/api/schemas.ts'
import { reportOf } from './cli.ts'
import { begun, ended, output, SPLIT } from './service-of-words.ts'

test.serial('an update whose prepare throws says so, with its place, and the old code runs again', async (t) => {
  const { ask, submit, output: path, input, project } = await begun(t)
  ended(t, await submit(), 0)
  await output(path, 5)
  const set = ['--set', `input=${input}`, '--set', `output=${path}`, '--json']
  const line = '  prepare() { throw new Error("no license") }'
  writeFileSync(join(project, 'split.mjs'), SPLIT.replace("  outputs = fields('word')", `$&\n${line}`))
  const updated = await ask('update', 'words', 'words.yaml', ...set)
  ended(t, updated, 3)
  const [problem] = reportOf(updated).problems
  t.is(misfit(problem, SCHEMAS['Problem']!, SCHEMAS), undefined)
  t.is(problem.code, 'COMPONENT_FAILED')
  t.like(problem.where, { component: 'split', file: 'split.mjs', line: 5 })
  t.regex(problem.message, /prepare threw: no license/)
  t.regex(problem.hint, /runs again/)
  const { topology } = reportOf(await ask('status', 'words', '--json'))
  t.deepEqual([topology.phase, topology.problem], ['running', undefined])
  const { errors } = reportOf(await ask('errors', 'words', '--json'))
  t.like(errors.at(-1), { times: 1, problem: { code: 'COMPONENT_FAILED', where: { component: 'split', line: 5 } } })

  // What does not even load leaves the run alone.
  writeFileSync(join(project, 'split.mjs'), 'import "./nowhere.mjs"\n')
  const { revision } = topology
  ended(t, await ask('update', 'words', 'words.yaml', ...set), 3)
  t.is(reportOf(await ask('status', 'words', '--json')).topology.revision, revision)
})

const REFUSES = `
import { BasicBolt, PermanentError, fields } from 'typhoon'
export class Split extends BasicBolt {
  outputs = fields('word')
  execute(tuple, collector) {
    for (const word of tuple.get('line').split(' ')) {
      if (word === 'moon') throw new PermanentError('no moon')
      collector.emit([word])
    }
  }
}
`

test.serial('dead letters outlive their topology, and are found by its name', async (t) => {
  const { ask, submit, input, project, folder } = await begun(t)
  writeFileSync(join(project, 'split.mjs'), REFUSES)
  // Those of a run in the folder of the project stay there.
  mkdirSync(join(project, 'dead-letters'))
  writeFileSync(join(project, 'dead-letters/words.jsonl'), '')
  ended(t, await submit(), 0)
  const listed = async () => {
    const { stdout } = await ask('dead-letters', 'list', 'words', '--json')
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }
  while ((await listed()).length === 0) {}
  t.like((await listed())[0].letter, { topology: 'words', values: { line: 'the man on the moon' } })
  const { errors } = reportOf(await ask('errors', 'words', '--json'))
  const givenUp = errors.find(({ problem }: { problem: { code: string } }) => problem.code === 'TUPLE_GIVEN_UP')
  t.like(givenUp, { times: 1, problem: { where: { component: 'split', file: 'split.mjs', line: 7 } } })

  const killed = reportOf(await ask('kill', 'words', '--json'))
  t.true(killed.files.startsWith(join(folder, 'service/left/words-')), killed.files)
  t.deepEqual(readdirSync(killed.files), ['dead-letters'])
  t.is((await listed()).length, 1)
  t.is(readFileSync(input, 'utf8'), 'the man on the moon\n')
  const { stderr } = await ask('dead-letters', 'list', 'wrods')
  t.regex(stderr, /FILE_NOT_FOUND/)
})

test.serial('a name that nothing has is refused, with the one that may be meant', async (t) => {
  const { ask, submit, output: path } = await begun(t)
  ended(t, await submit(), 0)
  await output(path, 5)
  const refused = async (...typed: readonly string[]) => {
    const { stdout } = await ask(...typed, '--json')
    const [{ code, hint }] = JSON.parse(stdout.trimEnd().split('\n').at(-1)!).problems
    return [code, hint]
  }
  t.deepEqual(await refused('logs', 'words', '--component', 'spilt'), ['UNKNOWN_COMPONENT', 'did you mean "split"?'])
  t.like(await refused('logs', 'words', '--worker', '7'), { 0: 'SERVICE_BAD_REQUEST' })
  ended(t, await ask('logs', 'words', '--component', 'split'), 0)
  t.deepEqual(await refused('log-level', 'words', 'debug', '--component', 'spilt'), [
    'UNKNOWN_COMPONENT',
    'did you mean "split"?',
  ])
  t.deepEqual(await refused('tap', 'words/spilt'), ['UNKNOWN_COMPONENT', 'did you mean "split"?'])
  t.deepEqual(await refused('savepoint', 'create', 'wrods'), ['STATE_MISSING', 'did you mean "words"?'])
  t.like(reportOf(await ask('savepoint', 'create', 'words', 'last', '--json')), { name: 'last', topology: 'words' })

  // What it has counted is not begun anew.
  ended(t, await ask('rebalance', 'words', '-n', '1'), 0)
  const status = reportOf(await ask('status', 'words', '--json'))
  t.is(misfit(status, SCHEMAS['Status']!, SCHEMAS), undefined)
  t.true(Date.parse(status.totals.since) <= Date.now())
  t.deepEqual([status.metrics.components.sink.executed, status.totals.components.sink.executed], [0, 5])

  // There are no hosts to spread its workers over.
  t.deepEqual(reportOf(await ask('rebalance', 'words', '--json')), { pauseMs: 0, workers: 1, tasks: 4 })
  t.is(reportOf(await ask('status', 'words', '--json')).topology.revision, 2)
})
