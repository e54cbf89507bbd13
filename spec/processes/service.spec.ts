/** A service as a process: what is submitted to it runs, goes on when it was killed, and is changed while it runs. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { misfit } from '../../lib/api/schema.ts'
import { SCHEMAS } from '../../lib/api/schemas.ts'
import { ServiceClient } from '../../lib/client/service-client.ts'
import { fateOf, processOf } from '../../lib/identity/process-identity.ts'
import type { TapLine, TapTuple } from '../../lib/run/index.ts'
import { codesOf, reportOf, typhoonProcess } from './cli.ts'
import { begun, ended, output, SPLIT } from './service-of-words.ts'

test.serial('a topology that is submitted runs, is listed, changed, and killed', async (t) => {
  const { ask, submit, output: path, input, project, left } = await begun(t)
  ended(t, await submit('--json'), 0)
  t.deepEqual(codesOf(await submit()), ['TOPOLOGY_EXISTS'])
  await output(path, 5)

  const [listed] = reportOf(await ask('list', '--json')).topologies
  t.is(misfit(listed, SCHEMAS['Topology']!, SCHEMAS), undefined)
  t.deepEqual([listed.name, listed.status, listed.phase, listed.workers], ['words', 'ACTIVE', 'running', 2])
  t.is(misfit(reportOf(await ask('status', 'words', '--json')), SCHEMAS['Status']!, SCHEMAS), undefined)

  const offered = async (...typed: readonly string[]) => (await ask('complete', 'zsh', '--', ...typed)).stdout
  t.is(await offered('logs', ''), 'none\nwords\t\n')
  t.is(await offered('logs', 'words', '--component', 's'), 'none\nsplit\t\nsink\t\n')
  t.is(await offered('rebalance', 'words', '-e', 'sp'), 'more\nsplit=\t\n')
  t.is(await offered('tap', 'w'), 'more\nwords/\t\n')
  t.is(await offered('tap', 'words/li'), 'none\nwords/lines\t\n')

  ended(t, await ask('rebalance', 'words', '-n', '1', '-e', 'split=3'), 0)
  writeFileSync(input, 'once upon a time\n', { flag: 'a' })
  await output(path, 9)
  const { topology } = reportOf(await ask('status', 'words', '--json'))
  t.deepEqual([topology.workers, topology.tasks, topology.revision], [1, 5, 2])
  t.deepEqual(codesOf(await ask('rebalance', 'words', '-e', 'none=3')), ['UNKNOWN_COMPONENT'])

  writeFileSync(join(project, 'split.mjs'), SPLIT.replace('[word]', '[word.toUpperCase()]'))
  const set = ['--set', `input=${input}`, '--set', `output=${path}`]
  ended(t, await ask('update', 'words', 'words.yaml', ...set), 0)
  writeFileSync(input, 'the end\n', { flag: 'a' })
  t.deepEqual(await output(path, 11), ['END', 'THE', ...'a man moon on once the the time upon'.split(' ')])

  const { server, tokenFile } = left()
  const authorization = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`
  const storm = await fetch(`${server}/api/v1/topology/summary`, { headers: { authorization } })
  const { topologies } = (await storm.json()) as { topologies: readonly Readonly<Record<string, unknown>>[] }
  t.deepEqual(
    topologies.map(({ name, status, workersTotal, tasksTotal }) => [name, status, workersTotal, tasksTotal]),
    [['words', 'ACTIVE', 1, 5]],
  )
  ended(t, await ask('deactivate', 'words'), 0)
  t.is(reportOf(await ask('list', '--json')).topologies[0].status, 'INACTIVE')
  const killed = await ask('kill', 'words', '--savepoint', 'last', '--json')
  t.deepEqual(reportOf(killed), { savepoint: 'last' })
  t.deepEqual(reportOf(await ask('list', '--json')).topologies, [])
  t.deepEqual(codesOf(await ask('status', 'words')), ['TOPOLOGY_UNKNOWN'])

  // One of the same name begins anew.
  rmSync(path)
  ended(t, await submit(), 0)
  t.is((await output(path, 11)).length, 11)
})

test.serial('of a topology that was killed the logs and the savepoints are left', async (t) => {
  const { ask, submit, output: path, folder, env } = await begun(t)
  ended(t, await submit(), 0)
  await output(path, 5)
  ended(t, await ask('kill', 'words', '--savepoint', 'last'), 0)
  const { stdout } = await ask('logs', 'words', '--json', '--follow')
  const lines = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
  t.true(lines.some(({ worker }) => worker === 2))
  t.is(readdirSync(join(folder, 'service/old-logs')).length, 1)
  t.deepEqual(codesOf(await ask('logs', 'word')), ['TOPOLOGY_UNKNOWN'])
  const listed = await typhoonProcess(['savepoint', 'list', 'words', '--json'], { cwd: folder, env })
  t.deepEqual(JSON.parse(listed.stdout).name, 'last')
})

test.serial('places in the code are named as they are in the project', async (t) => {
  const { ask, submit, project, input, output: path } = await begun(t, { guarantee: 'at-least-once' })
  ended(t, await submit(), 0)
  await output(path, 5)
  const set = ['--set', `input=${input}`, '--set', `output=${path}`]
  writeFileSync(join(project, 'split.mjs'), `${SPLIT}\nif (process.argv[1].includes('examiner')) throw new Error('no')`)
  const update = await ask('update', 'words', 'words.yaml', ...set, '--json')
  const [problem] = reportOf(update).problems
  t.deepEqual([update.code, problem.where.file], [3, 'split.mjs'])
  t.false(update.stderr.includes('hosted'), update.stderr)
  writeFileSync(
    join(project, 'split.mjs'),
    SPLIT.replace('for (', "if (tuple.get('line') === 'bad') null.x\n    for ("),
  )
  ended(t, await ask('update', 'words', 'words.yaml', ...set), 0)
  writeFileSync(input, 'bad\n', { flag: 'a' })
  for (;;) {
    const { errors } = reportOf(await ask('errors', 'words', '--json'))
    const failed = errors.find(({ problem: { code } }: any) => code === 'EXECUTE_FAILED')
    if (failed === undefined) continue
    t.is(failed.problem.where.file, 'split.mjs')
    break
  }
})

/** Logs each word, at debug. */
const SAYING = SPLIT.replace('emit([word])', "emit([word]), this.context.log('debug', word)").replace(
  'execute(',
  'prepare(context) { this.context = context }\n  execute(',
)

test.serial(
  'a topology logs at another level while that is wanted, also in workers that start meanwhile',
  async (t) => {
    const { ask, submit, output: path, input, project } = await begun(t, { guarantee: 'at-least-once' })
    writeFileSync(join(project, 'split.mjs'), SAYING)
    const lines = async (): Promise<{ message: string; root?: string }[]> => {
      const { stdout } = await ask('logs', 'words', '--json', '--component', 'split', '--lines', '1000')
      return stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    }
    const said = async (count: number): Promise<string[]> => {
      for (;;) {
        const found = await lines()
        if (found.length >= count) return found.map(({ message }) => message).sort()
      }
    }
    ended(t, await submit('-c', 'topology.log.level=info'), 0)
    await output(path, 5)
    t.deepEqual(codesOf(await ask('log-level', 'words', 'debug', '--component', 'splot')), ['UNKNOWN_COMPONENT'])
    t.deepEqual(codesOf(await ask('log-level', 'words', 'loud')), ['USAGE'])
    const levels = reportOf(await ask('log-level', 'words', 'debug:600', '--component', 'split', '--json'))
    t.is(misfit(levels, SCHEMAS['LogLevels']!, SCHEMAS), undefined)
    writeFileSync(input, 'once more\n', { flag: 'a' })
    t.deepEqual(await said(2), ['more', 'once'])
    const roots = new Set((await lines()).map(({ root }) => root))
    t.is(roots.size, 1)
    t.is((await ask('logs', 'words', '--root', String([...roots][0]), '--json')).stdout.split('\n').length, 3)

    ended(t, await ask('rebalance', 'words', '-n', '1'), 0)
    writeFileSync(input, 'and again\n', { flag: 'a' })
    t.deepEqual(await said(4), ['again', 'and', 'more', 'once'])
    t.deepEqual(reportOf(await ask('log-level', 'words', '-r', 'split', '--json')), { levels: [] })
    writeFileSync(input, 'silence\n', { flag: 'a' })
    await output(path, 10)
    t.is((await lines()).length, 4)
  },
)

test.serial('the tuples of a topology are shown as they leave, through a rebalance, until it is killed', async (t) => {
  const { ask, submit, left, output: path, input } = await begun(t, { guarantee: 'at-least-once' })
  ended(t, await submit(), 0)
  await output(path, 5)
  t.deepEqual(codesOf(await ask('tap', 'words/splot')), ['UNKNOWN_COMPONENT'])
  t.deepEqual(codesOf(await ask('tap', 'words/split', '--where', 'wrod == 1')), ['BAD_EXPRESSION'])
  const client = await ServiceClient.of(left())
  const tuples = client.tap('words', { component: 'split', stream: 'default', where: "word.startsWith('o')" })
  let words = 5
  /** A tap that does not keep up says how many it has left out. */
  const isTuple = (line: TapLine): line is TapTuple => 'values' in line
  const next = async (): Promise<TapTuple> => {
    const shown = tuples.next().then(({ value }) => value as TapLine)
    for (let isShown = false; !isShown; ) {
      writeFileSync(input, 'once more\n', { flag: 'a' })
      await output(path, (words += 2))
      isShown = await Promise.race([shown.then(() => true), new Promise<false>((no) => setImmediate(no, false))])
    }
    const line = await shown
    return isTuple(line) ? line : next()
  }
  const before = await next()
  t.is(misfit(before, SCHEMAS['Tapped']!, SCHEMAS), undefined)
  const { time: _, root, ...rest } = before
  t.regex(root!, /^[0-9a-f]{16}$/)
  t.like(rest, { component: 'split', stream: 'default', values: { word: 'once' } })
  ended(t, await ask('rebalance', 'words', '-n', '1'), 0)
  // Those from before the rebalance come first.
  let after = await next()
  while (after.worker !== 1) after = await next()
  t.like(after, { worker: 1, values: { word: 'once' } })
  ended(t, await ask('kill', 'words'), 0)
  for await (const line of tuples) if (isTuple(line)) t.like(line, { component: 'split' })
})

test.serial('two who kill one topology end it, and not the one that has its name after it', async (t) => {
  const { ask, submit, output: path } = await begun(t)
  ended(t, await submit(), 0)
  await output(path, 5)
  const slow = ask('kill', 'words', '--wait', '2')
  const other = ask('kill', 'words')
  ended(t, await slow, 0)
  rmSync(path)
  ended(t, await submit(), 0)
  await other
  const { topologies } = reportOf(await ask('list', '--json'))
  t.deepEqual(
    topologies.map(({ name, status }: any) => [name, status]),
    [['words', 'ACTIVE']],
  )
  t.is((await output(path, 5)).length, 5)
})

test.serial('a run that fails while another one is tried out is not begun beside it', async (t) => {
  const { ask, submit, input, output: path, project, folder } = await begun(t)
  const failing = `${SPLIT}\nSplit.prototype.prepare = () => { throw new Error('not yet') }`
  writeFileSync(join(project, 'split.mjs'), failing)
  t.not((await submit()).code, 0)
  writeFileSync(join(project, 'split.mjs'), SPLIT)
  ended(t, await ask('update', 'words', 'words.yaml', '--set', `input=${input}`, '--set', `output=${path}`), 0)
  await output(path, 5)
  ended(t, await ask('kill', 'words'), 0)
  t.deepEqual(readdirSync(join(folder, 'service/hosted')), [])
  t.deepEqual(readdirSync(join(folder, 'service/state')), [])
})

test.serial('a savepoint that cannot be made leaves the topology as it was', async (t) => {
  const { ask, submit, input, output: path } = await begun(t)
  ended(t, await submit(), 0)
  await output(path, 5)
  ended(t, await ask('kill', 'words', '--savepoint', '../x'), 2)
  writeFileSync(input, 'goes on\n', { flag: 'a' })
  t.is((await output(path, 7)).length, 7)
})

test.serial('a service that is killed goes on with its topologies, and each word is there once', async (t) => {
  const { service, submit, up, input, output: path, ask } = await begun(t)
  ended(t, await submit('--workers', '1'), 0)
  await output(path, 5)
  for (let round = 1; round <= 2; round++) {
    const last = round === 1 ? service : await up()
    writeFileSync(input, `round ${round}\n`, { flag: 'a' })
    last.signal('SIGKILL')
    await last.ended
  }
  await up()
  t.deepEqual(await output(path, 9), ['1', '2', 'man', 'moon', 'on', 'round', 'round', 'the', 'the'])
  ended(t, await ask('kill', 'words'), 0)
  t.is((await output(path, 9)).length, 9)
})

test.serial('one service works with a directory at a time', async (t) => {
  const { folder, env } = await begun(t)
  const second = await typhoonProcess(['up', '--dir', join(folder, 'service'), '--port', '0'], { env })
  t.deepEqual([second.code, codesOf(second)], [1, ['SERVICE_IN_USE']])
})

for (const how of [[], ['--detach']])
  test.serial(`a folder that cannot be made is said at once: up ${how.join(' ')}`, async (t) => {
    const failed = await typhoonProcess(['up', ...how, '--dir', '/proc/no-such', '--port', '0'])
    t.deepEqual([failed.code, codesOf(failed)], [1, ['STATE_UNAVAILABLE']])
  })

test.serial('a topology whose input has ended is COMPLETED, also when the service begins again', async (t) => {
  const { service, submit, up, output: path, ask } = await begun(t, { follow: false })
  ended(t, await submit(), 0)
  await output(path, 5)
  for (;;) {
    const [{ status }] = reportOf(await ask('list', '--json')).topologies
    if (status === 'COMPLETED') break
  }
  service.signal('SIGTERM')
  t.is((await service.ended).code, 0)
  await up()
  t.is(reportOf(await ask('list', '--json')).topologies[0].status, 'COMPLETED')
  t.deepEqual(codesOf(await ask('activate', 'words')), ['TOPOLOGY_BUSY'])
})

test.serial('code that cannot begin takes no place: the old one goes on, and what is new is not there', async (t) => {
  const { ask, submit, project, input, output: path } = await begun(t)
  ended(t, await submit(), 0)
  await output(path, 5)
  const set = ['--set', `input=${input}`, '--set', `output=${path}`]
  writeFileSync(
    join(project, 'split.mjs'),
    `${SPLIT}\nif (process.argv[1].includes('examiner')) throw new Error('not there')`,
  )
  ended(t, await ask('update', 'words', 'words.yaml', ...set), 3)
  ended(t, await submit('--name', 'others'), 3)
  writeFileSync(
    join(project, 'split.mjs'),
    `${SPLIT}\nif (process.argv[1].includes('start-worker')) throw new Error('not here')`,
  )
  t.not((await ask('update', 'words', 'words.yaml', ...set)).code, 0)
  writeFileSync(input, 'goes on\n', { flag: 'a' })
  t.is((await output(path, 7)).length, 7)
  t.deepEqual(
    reportOf(await ask('list', '--json')).topologies.map(({ name, status }: any) => [name, status]),
    [['words', 'ACTIVE']],
  )
})

test.serial('code that never comes to an end while it is loaded ends with the service', async (t) => {
  const { submit, project, service } = await begun(t)
  const pids = join(project, 'pids')
  const endless = `
    import { appendFileSync } from 'node:fs'
    if (process.argv[1].includes('examiner')) {
      appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n')
      for (;;);
    }`
  writeFileSync(join(project, 'split.mjs'), `${endless}\n${SPLIT}`)
  const submitted = submit()
  const [pid] = await output(pids, 1)
  const loading = processOf(Number(pid))
  service.signal('SIGKILL')
  t.not((await submitted).code, 0)
  while (fateOf(loading) !== 'dead') await new Promise((resolve) => setImmediate(resolve))
  t.pass()
})

test.serial('what is remembered of one topology and cannot be read hinders no other', async (t) => {
  const { folder, submit, ask, service, up, output: path } = await begun(t)
  ended(t, await submit(), 0)
  ended(t, await submit('--name', 'others', '--set', `output=${path}.others`), 0)
  await output(path, 5)
  service.signal('SIGTERM')
  await service.ended
  writeFileSync(join(folder, 'service/topologies/others.json'), '{')
  const again = await up()
  t.truthy(await again.line(/error\[STATE_CORRUPT\]/))
  t.deepEqual(
    reportOf(await ask('list', '--json')).topologies.map(({ name }: any) => name),
    ['words'],
  )
  t.deepEqual(codesOf(await submit('--name', 'others')), ['STATE_CORRUPT'])
})
