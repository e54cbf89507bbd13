/** What a service says of what it cannot do, and what it does then. */
import { writeFileSync } from 'node:fs'
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
