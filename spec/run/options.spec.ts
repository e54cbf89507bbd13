/** What `load`, `run` and listeners refuse before anything is started: no compiler has read what JavaScript gives. */
import test from 'ava'
import { load, run } from '../../lib/run/index.ts'

const NEVER_READ = 'no-such-file.yaml'

const ofLoad: readonly (readonly [string, unknown])[] = [
  ['a variable that is no text', { variables: { timeout: 5 } }],
  ['a variable without a value', { variables: { timeout: null } }],
  ['variables that are no map', { variables: 5 }],
  ['an alias that is no text', { aliases: { 'com.example.A': 7 } }],
  ['a filter that is no map', { filter: 7 }],
  ['a configuration that is no map', { config: 7 }],
  ['a configuration that is null', { config: null }],
  ['a file of variables that is no text', { filterFile: 7 }],
  ['an option that there is not', { variable: {} }],
]

const ofRun: readonly (readonly [string, unknown])[] = [
  ['a signal that is none', { signal: {} }],
  ['a text where true or false is wanted', { inactive: 'no' }],
  ['an option that is a key of the configuration', { workers: 2 }],
]

const noOptions: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a list', []],
  ['a text', 'verbose'],
]

for (const [what, options] of [...ofLoad, ...noOptions])
  test(`load refuses ${what}`, async (t) => {
    await t.throwsAsync(load(NEVER_READ, options as never), { code: 'BAD_ARGUMENT' })
  })

for (const [what, options] of [...ofLoad, ...ofRun, ...noOptions])
  test(`run of a file refuses ${what}`, async (t) => {
    await t.throwsAsync(run(NEVER_READ, options as never).done, { code: 'BAD_ARGUMENT' })
  })

for (const [what, topology] of [
  ['nothing', undefined],
  ['a number', 1],
  ['an object with a source that is none', { source: 1 }],
  ['an object without a topology', { source: { file: NEVER_READ }, definition: {} }],
] as const)
  test(`run refuses ${what} in the place of a topology`, async (t) => {
    await t.throwsAsync(run(topology as never).done, { code: 'NO_TOPOLOGY' })
  })

for (const [what, listener] of [
  ['null', null],
  ['an event that there is not', { onError() {} }],
  ['an event that is no function', { onLog: 3 }],
] as const)
  test(`a listener that is, or has, ${what} is refused`, async (t) => {
    const job = run(NEVER_READ)
    t.throws(() => job.listen(listener as never), { code: 'BAD_ARGUMENT' })
    await t.throwsAsync(job.done, { code: 'FILE_NOT_FOUND' })
  })
