/** What can be known of a topology that was loaded, without running it. */
import { join } from 'node:path'
import test from 'ava'
import { load } from '../../lib/run/index.ts'
import { folderOf } from '../folder.ts'

const TEN_NUMBERS = `
name: \${name}
config: { topology.drain.timeout.secs: 7 }
spouts: [{ id: numbers, className: com.example.Numbers, constructorArgs: [\${count}], parallelism: 2 }]
bolts: [{ id: nothing, className: NullBolt }]
streams: [{ from: numbers, to: nothing, grouping: { type: SHUFFLE } }]
`
const ALIASES = { 'com.example.Numbers': 'SequenceSpout' }

test('a loaded topology says how large it is, how it is configured, and what would run where', async (t) => {
  const file = join(folderOf(t, { 'ten.yaml': TEN_NUMBERS }), 'ten.yaml')
  const config = { 'topology.workers': 2 }
  const loaded = await load(file, { variables: { name: 'ten', count: '10' }, aliases: ALIASES, config })
  t.like(loaded, { name: 'ten', file, warnings: [], isTracked: true })
  t.deepEqual(loaded.size, { components: 2, tasks: 3, workers: 2 })
  t.is(loaded.config['topology.drain.timeout.secs'], 7)
  t.is(loaded.config['topology.debug'], false, 'a default')
  const { topology, components, workers, promises } = await loaded.plan()
  t.deepEqual([topology, workers.length], ['ten', 2])
  t.deepEqual(
    components.filter(({ system }) => !system).map(({ id, tasks }) => [id, tasks.length]),
    [
      ['numbers', 2],
      ['nothing', 1],
    ],
  )
  t.deepEqual(
    promises!.paths.map(({ from, to }) => [from, to]),
    [['numbers', 'nothing']],
  )
})

test('without ackers nothing is tracked', async (t) => {
  const file = join(folderOf(t, { 'ten.yaml': TEN_NUMBERS }), 'ten.yaml')
  const variables = { name: 'ten', count: '10' }
  const loaded = await load(file, { variables, aliases: ALIASES, config: { 'topology.acker.executors': 0 } })
  t.false(loaded.isTracked)
})

test('variables and aliases may stand in files, and what is given beside the files goes before them', async (t) => {
  const folder = folderOf(t, {
    'ten.yaml': TEN_NUMBERS,
    'filter.properties': 'name=of-the-file\ncount=10\n',
    'aliases.yaml': 'com.example.Numbers: SequenceSpout\n',
  })
  const files = { filterFile: join(folder, 'filter.properties'), aliasFile: join(folder, 'aliases.yaml') }
  const file = join(folder, 'ten.yaml')
  t.is((await load(file, files)).name, 'of-the-file')
  const named = await load(file, { ...files, filter: { name: 'of-the-filter' } })
  t.is(named.name, 'of-the-filter')
  t.deepEqual(named.source.variables, { name: 'of-the-filter', count: '10' })
  await t.throwsAsync(load(file, { filterFile: join(folder, 'nowhere') }), { code: 'FILE_NOT_FOUND' })
})
