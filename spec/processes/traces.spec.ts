/** Tuple trees of a topology of a service, which runs in processes. */
import { on, once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import test from 'ava'
import { WebSocket } from 'ws'
import { misfit } from '../../lib/api/schema.ts'
import { SCHEMAS } from '../../lib/api/schemas.ts'
import { CliRun, codesOf, reportOf } from './cli.ts'
import { begun, ended, output } from './service-of-words.ts'

test.serial('the tree of one tuple is shown, with its workers, while others come and go', async (t) => {
  const { ask, submit, output: path, input } = await begun(t, { guarantee: 'at-least-once' })
  ended(t, await submit(), 0)
  await output(path, 5)
  const next = ask('trace', 'words', '--next', '--json')
  let isShown = false
  void next.finally(() => (isShown = true))
  for (let words = 5; !isShown; await output(path, (words += 2))) writeFileSync(input, 'once more\n', { flag: 'a' })
  const trace = reportOf(await next)
  t.is(misfit(trace, SCHEMAS['Trace']!, SCHEMAS), undefined)
  t.like(trace, { component: 'lines', state: 'acked', isPartial: false, missing: [] })
  t.like(trace.tuples[0], {
    component: 'split',
    state: 'acked',
    children: [{ component: 'sink' }, { component: 'sink' }],
  })
  t.deepEqual(codesOf(await ask('trace', 'words', '--root', '0123456789abcdef')), ['ROOT_UNKNOWN'])
  const tracing = reportOf(await ask('trace', 'words', '--sample', '100%', '--json'))
  t.is(misfit(tracing, SCHEMAS['Tracing']!, SCHEMAS), undefined)
  t.deepEqual(tracing, { sample: 1, failed: [] })
  ended(t, await ask('trace', 'words', '--failed'), 0)
})

test.serial(
  'a root is run again in a process of its own, which a debugger can stop right before it is emitted',
  async (t) => {
    const { ask, submit, output: path, input, project, env } = await begun(t, { guarantee: 'at-least-once' })
    ended(t, await submit(), 0)
    await output(path, 5)
    ended(t, await ask('trace', 'words', '--sample', '100%'), 0)
    const next = ask('trace', 'words', '--next', '--json')
    let isShown = false
    void next.finally(() => (isShown = true))
    for (let words = 5; !isShown; await output(path, (words += 2))) writeFileSync(input, 'once more\n', { flag: 'a' })
    const { root, values } = reportOf(await next)
    t.regex(values, /once more/)
    const before = readFileSync(path, 'utf8')
    const set = ['--set', `input=${input}`, '--set', `output=${path}`, '--without', 'sink']
    const args = ['replay', 'words', 'words.yaml', '--root', root, ...set, '--json']
    const { recorded, replayed } = reportOf(await ask(...args))
    t.like(recorded, { root, values })
    t.like(replayed, { state: 'acked', component: 'lines', values, tuples: [{ component: 'split' }] })
    t.deepEqual(
      replayed.tuples[0].children.map(({ component }: { component: string }) => component),
      ['sink', 'sink'],
    )
    t.is(readFileSync(path, 'utf8'), before)
    const stopped = new CliRun([...args, '--inspect-brk', '0'], { cwd: project, env })
    const [, address] = /(ws:\S+)/.exec(await stopped.line(/ws:\S+/))!
    const debug = new WebSocket(address!)
    await once(debug, 'open')
    for (const [id, method] of ['Debugger.enable', 'Runtime.runIfWaitingForDebugger'].entries())
      debug.send(JSON.stringify({ id, method }))
    for await (const [data] of on(debug, 'message')) if (JSON.parse(String(data)).method === 'Debugger.paused') break
    debug.send(JSON.stringify({ id: 9, method: 'Debugger.resume' }))
    debug.close()
    ended(t, await stopped.ended, 0)
  },
)
