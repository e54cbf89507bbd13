/** Several nimbuses that meet in etcd, as processes: one leads, is killed or stands still, and another one goes on. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CutWay } from '../nimbus/leadership/etcd/fixtures.ts'
import { codesOf, reportOf } from './cli.ts'
import { begun, blobsOf, done, linesIn, submittedIn, until, withEtcd } from './nimbuses.ts'

withEtcd('when the leader is killed another one leads, with the code and the topologies, and they go on', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  const b = await nimbus('b')
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  await until(() => blobsOf(b) === blobsOf(a))

  const ready = await fetch(`${b.url}/ready`)
  t.is(ready.status, 503)
  const { problems, leader } = (await ready.json()) as { problems: { code: string }[]; leader: object }
  t.deepEqual([problems[0]?.code, leader], ['NOT_LEADER', { ...leader, id: 'a', address: a.url }])
  // Whoever asks the one that stands by is led to the one that leads.
  const asked = await ask('list', '--json', '--server', b.url, '--token-file', join(a.folder, 'owner-token'))
  t.is(reportOf(asked).topologies[0].name, 'words')

  a.run.signal('SIGKILL')
  writeFileSync(input, 'two\n', { flag: 'a' })
  await b.leads
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.deepEqual([listed.name, listed.status], ['words', 'ACTIVE'])
  // A token of before counts.
  const before = await ask('list', '--json', '--server', b.url, '--token-file', join(a.folder, 'owner-token'))
  done(t, before)
  done(t, await ask('kill', 'words'))
})

withEtcd('whoever asks for a change while the leader is killed is told what has become of it', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  const b = await nimbus('b')
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  await until(() => blobsOf(b) === blobsOf(a))
  const authorization = `Bearer ${readFileSync(join(a.folder, 'owner-token'), 'utf8').trim()}`
  const statusAt = async (): Promise<string> => {
    const answer = await fetch(`${a.url}/v1/topologies/words`, { headers: { authorization } })
    return ((await answer.json()) as { topology: { status: string } }).topology.status
  }
  const rebalanced = ask('rebalance', 'words', '-e', 'lines=2', '--json')
  while ((await statusAt()) !== 'REBALANCING') await new Promise((resolve) => setImmediate(resolve))
  a.run.signal('SIGKILL')
  const ended = await rebalanced
  done(t, ended)
  t.true(reportOf(ended).pauseMs > 0)
  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.deepEqual([listed.revision, listed.tasks], [2, 3])
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
})

withEtcd(
  'whoever asks before another one leads, or beside one that stands still, is answered by the one that leads',
  async (t) => {
    const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
    const a = await nimbus('a')
    await a.leads
    const b = await nimbus('b')
    supervisor()
    submittedIn(t, await submit())
    await until(() => blobsOf(b) === blobsOf(a))
    const asked = (...args: readonly string[]) =>
      ask(...args, '--json', '--server', `${b.url},${a.url}`, '--token-file', join(a.folder, 'owner-token'))
    b.run.signal('SIGSTOP')
    const [listed, stopped] = await Promise.all([asked('list'), asked('deactivate', 'words')])
    for (const one of [listed, stopped]) done(t, one)
    b.run.signal('SIGCONT')
    a.run.signal('SIGKILL')
    await a.run.ended
    const [seen, other] = await Promise.all([
      asked('list'),
      asked('submit', 'words.yaml', '--name', 'others', '--set', `input=${input}`, '--set', `output=${output}2`),
    ])
    submittedIn(t, other)
    t.is(reportOf(seen).topologies[0].name, 'words')
    t.is(reportOf(await asked('list')).topologies.length, 2)
  },
)

withEtcd('a leader that stood still ends when it goes on, and changes nothing', async (t) => {
  const { nimbus, ask, submit, supervisor, input, output } = await begun(t)
  const a = await nimbus('a')
  await a.leads
  const b = await nimbus('b')
  supervisor()
  submittedIn(t, await submit())
  await until(() => linesIn(output).length === 1)
  await until(() => blobsOf(b) === blobsOf(a))
  a.run.signal('SIGSTOP')
  await b.leads
  done(t, await ask('deactivate', 'words'))
  a.run.signal('SIGCONT')
  const ended = await a.run.ended
  t.is(ended.code, 1)
  t.true(ended.stderr.includes('error[NOT_LEADER]'))
  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.deepEqual([listed.name, listed.status], ['words', 'INACTIVE'])
  done(t, await ask('activate', 'words'))
  writeFileSync(input, 'two\n', { flag: 'a' })
  await until(() => linesIn(output).length === 2)
  t.deepEqual(linesIn(output), ['one', 'two'])
  // It stands by when it is started again, and ends by a signal in good order.
  const again = await nimbus('a')
  again.run.signal('SIGTERM')
  t.is((await again.run.ended).code, 0)
})

withEtcd(
  'a leader that is cut off from the store ends, and names the store; one that resigns hands over',
  async (t) => {
    const { nimbus, ask, submit, etcd } = await begun(t)
    const way = await CutWay.to(etcd.url)
    t.teardown(() => way.close())
    const a = await nimbus('a', way.url)
    await a.leads
    submittedIn(t, await submit())
    const b = await nimbus('b')
    await until(() => blobsOf(b) === blobsOf(a))
    way.cut()
    const [ended] = await Promise.all([a.run.ended, b.leads])
    t.is(ended.code, 1)
    t.true(ended.stderr.includes('error[NOT_LEADER]'))
    t.true(ended.stderr.includes(way.url))
    const again = await nimbus('a')
    b.run.signal('SIGTERM')
    await again.leads
    t.is((await b.run.ended).code, 0)
    t.is(reportOf(await ask('list', '--json')).topologies[0].name, 'words')
  },
)

withEtcd(
  'without a store a nimbus waits for it; its own folder and an open store on another host are refused',
  async (t) => {
    const { nimbus, ask, etcd } = await begun(t)
    await etcd.kill()
    const a = await nimbus('a')
    await a.run.line(/error\[STORE_UNREACHABLE\]/)
    t.is((await fetch(`${a.url}/ping`)).status, 200)
    t.is((await fetch(`${a.url}/ready`)).status, 503)
    const args = ['nimbus', '--dir', a.folder, '--port', '0']
    t.deepEqual(codesOf(await ask(...args, '--store', `etcd:${etcd.url}`)), ['SERVICE_IN_USE'])
    t.deepEqual(codesOf(await ask(...args, '--store', 'etcd:http://10.0.0.1:2379')), ['USAGE'])
    t.deepEqual(codesOf(await ask(...args, '--store', 'etcd:https://me:secret@10.0.0.1:2379')), ['USAGE'])
    await etcd.start()
    await a.leads
  },
)
