/** The logs of a topology: what is kept, and what of it is shown. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { LogFile } from '../../lib/nimbus/logs/log-file.ts'
import { TopologyLogs } from '../../lib/nimbus/logs/topology-logs.ts'
import { folderOf } from '../folder.ts'

/** A clock that goes on by a second each time that it is looked at. */
function clock(): () => Date {
  let seconds = 0
  return () => new Date(1000 * seconds++)
}

test('the newest lines of all workers are shown in the order of their times, also by another service later', async (t) => {
  const folder = folderOf(t)
  const logs = new TopologyLogs(folder, clock())
  for (let n = 0; n < 10; n++) logs.add({ level: 'info', message: `line ${n}`, worker: n % 3 })
  const messages = async (from: TopologyLogs) => (await from.newest(4, {})).map(({ message }) => message)
  t.deepEqual(await messages(logs), ['line 6', 'line 7', 'line 8', 'line 9'])
  t.deepEqual(await messages(new TopologyLogs(folder, clock())), ['line 6', 'line 7', 'line 8', 'line 9'])
})

test('lines can be chosen by component, worker, level and text, those that come, too', async (t) => {
  const logs = new TopologyLogs(folderOf(t), clock())
  const came: string[] = []
  const end = logs.follow(({ message }) => came.push(message), { level: 'warn' })
  logs.add({ level: 'info', message: 'a count', worker: 1, component: 'count', task: 3 })
  logs.add({ level: 'error', message: 'a failure', worker: 2, component: 'split', task: 4 })
  end()
  logs.say('warn', 'a warning')
  const chosen = async (filter: Parameters<TopologyLogs['newest']>[1]) =>
    (await logs.newest(10, filter)).map(({ message }) => message)
  t.deepEqual(await chosen({ component: 'count' }), ['a count'])
  t.deepEqual(await chosen({ worker: 0 }), ['a warning'])
  t.deepEqual(await chosen({ level: 'warn' }), ['a failure', 'a warning'])
  t.deepEqual(await chosen({ containing: 'fail' }), ['a failure'])
  t.deepEqual(came, ['a failure'])
})

test('a file that is full gets a number, and the oldest is removed', async (t) => {
  const folder = folderOf(t)
  const file = new LogFile(join(folder, 'a.log'), { bytes: 100, files: 3 }, () => 'left out')
  for (let n = 0; n < 20; n++) {
    file.add(`${n} ${'x'.repeat(60)}`)
    await file.flushed()
  }
  t.deepEqual(readdirSync(folder).sort(), ['a.log', 'a.log.1', 'a.log.2'])
  t.deepEqual(
    (await file.newest(10, () => true)).map((line) => Number.parseInt(line, 10)),
    [19, 18, 17],
  )
})

test('whoever looks waits for no line that comes after', async (t) => {
  const file = new LogFile(join(folderOf(t), 'a.log'), { bytes: 1e6, files: 2 }, () => 'left out')
  let isOver = false
  const flood = (): void => {
    file.add('a line')
    if (!isOver) setImmediate(flood)
  }
  flood()
  t.is((await file.newest(1, () => true)).length, 1)
  isOver = true
  await file.flushed()
})

test('whoever follows hears that the topology is gone', async (t) => {
  const logs = new TopologyLogs(folderOf(t), clock())
  const told: string[] = []
  logs.follow(
    ({ message }) => told.push(message),
    {},
    () => told.push('the end'),
  )
  logs.say('info', 'a line')
  logs.end()
  t.deepEqual(told, ['a line', 'the end'])
  await logs.flushed()
})

test('lines that the disk does not take are left out, and how many is said when it takes lines again', async (t) => {
  const folder = join(folderOf(t), 'not-there-yet')
  const file = new LogFile(join(folder, 'a.log'), { bytes: 1000, files: 2 }, (lines) => `${lines} left out`)
  for (const line of ['a', 'b', 'c']) file.add(line)
  await file.flushed()
  const logs = new TopologyLogs(folder, clock())
  await logs.flushed()
  file.add('d')
  t.deepEqual(await file.newest(10, () => true), ['3 left out', 'd'])
})
