/** Logs of topologies that were killed. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { OldLogs } from '../../lib/nimbus/logs/old-logs.ts'
import { TopologyLogs } from '../../lib/nimbus/logs/topology-logs.ts'
import { folderOf } from '../folder.ts'

const DAY_MS = 86_400_000

async function said(folder: string, message: string): Promise<string> {
  const logs = new TopologyLogs(folder, () => new Date())
  logs.say('info', message)
  await logs.flushed()
  return folder
}

test('the logs of the one that was killed last are found by the name, and by no other', async (t) => {
  const folder = folderOf(t)
  let seconds = 0
  const old = new OldLogs(join(folder, 'old'), () => new Date(1e12 + 1000 * seconds++))
  for (const n of [1, 2])
    await old.keep({ id: `app-${n}-1`, name: 'words' }, await said(join(folder, `logs${n}`), `killed ${n}`))
  await old.keep({ id: 'words-2-3-1', name: 'words-2' }, await said(join(folder, 'logs3'), 'another'))
  const messages = (await (await old.find('words'))!.newest(10, {})).map(({ message }) => message)
  t.deepEqual(messages, ['killed 2'])
  t.is(await old.find('word'), undefined)
  t.not(await old.find('words-2'), undefined)
})

test('a kill that was broken off is done again, with what was kept then, whether anything was logged meanwhile', async (t) => {
  const folder = folderOf(t)
  const old = new OldLogs(join(folder, 'old'), () => new Date())
  const logs = join(folder, 'logs')
  await old.keep({ id: 'words-1-1', name: 'words' }, await said(logs, 'killed'))
  await old.keep({ id: 'words-1-1', name: 'words' }, logs)
  await old.keep({ id: 'words-1-1', name: 'words' }, await said(logs, 'killed again'))
  t.false(existsSync(logs))
  const messages = (await (await old.find('words'))!.newest(10, {})).map(({ message }) => message)
  t.deepEqual(messages, ['killed'])
})

test('they are kept for a week, and of twenty topologies', async (t) => {
  const folder = folderOf(t)
  let now = Date.now()
  const old = new OldLogs(join(folder, 'old'), () => new Date(now))
  for (let n = 1; n <= 22; n++)
    await old.keep({ id: `t${n}-1-1`, name: `t${n}` }, await said(join(folder, 'logs'), 'x'))
  t.is(readdirSync(join(folder, 'old')).length, 20)
  now += 6 * DAY_MS
  await old.tidy()
  t.is(readdirSync(join(folder, 'old')).length, 20)
  now += 2 * DAY_MS
  await old.tidy()
  t.deepEqual(readdirSync(join(folder, 'old')), [])
})
