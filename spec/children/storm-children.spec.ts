/**
 * Whole runs with spouts that answer as Storm's library for JavaScript does: it begins with each command when it comes,
 * whatever it is still at.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folderWith } from '../components/fakes.ts'
import { CliRun, reportOf } from '../processes/cli.ts'
import { program } from './real-task.ts'

/** A topology: this spout, a bolt that acks or does something else, and a log. */
function topology(t: ExecutionContext, { spout = '', bolt = 'hear(echo)', config = {} }): string {
  const definition = {
    name: 'storm',
    config: { 'topology.message.timeout.secs': 10, ...config },
    spouts: [{ id: 'numbers', className: 'ShellSpout', constructorArgs: [program(spout), ['n']] }],
    bolts: [
      { id: 'echo', className: 'ShellBolt', constructorArgs: [program(bolt), ['n']] },
      { id: 'log', className: 'LogBolt' },
    ],
    streams: [
      { from: 'numbers', to: 'echo', grouping: { type: 'SHUFFLE' } },
      { from: 'echo', to: 'log', grouping: { type: 'SHUFFLE' } },
    ],
  }
  const folder = folderWith(t, { 'topology.yaml': JSON.stringify(definition) })
  mkdirSync(join(folder, 'resources'))
  return join(folder, 'topology.yaml')
}

const logged = (stderr: string): number[] =>
  [...stderr.matchAll(/log\[\d+\]: echo \{ n: (\d+) \}/g)].map((match) => Number(match[1])).sort((a, b) => a - b)

/**
 * Emits the numbers from 0 on; each takes a while, and two at a time would emit the same one. Its \`fail\` emits again,
 * after a while.
 */
const NUMBERS = (ms: number): string => `
  let next = 0
  const emit = (n) => say({ command: 'emit', tuple: [n], id: n, need_task_ids: false })
  const sync = () => say({ command: 'sync' })
  hear((message) => {
    if (message.pidDir) return echo(message)
    const { command, id } = message
    if (command === 'next') {
      const n = next
      setTimeout(() => { emit(n); next = n + 1; sync() }, ${ms})
    } else if (command === 'fail') setTimeout(() => { emit(id); sync() }, ${ms})
    else sync()
  })`

test.serial('a spout that would work at two commands at once emits each row once', async (t) => {
  const run = new CliRun(['run', '--json', topology(t, { spout: NUMBERS(5) })])
  await run.line(/log\[\d+\]: echo \{ n: 60 \}/)
  run.signal('SIGINT')
  const ended = await run.ended
  t.is(ended.code, 0, ended.stderr)
  const rows = logged(ended.stderr)
  t.deepEqual(
    rows,
    rows.map((_, index) => index),
  )
  const { roots } = reportOf(ended)
  t.deepEqual([roots.emitted, roots.acked], [rows.length, rows.length])
})

test.serial(
  'what a child still owes when the run is to end, an unanswered next and a tuple that is emitted again, is waited for',
  async (t) => {
    const bolt = `const failed = new Set()
  hear((message) => {
    if (message.stream !== 'default' || failed.has(message.tuple[0])) return echo(message)
    failed.add(message.tuple[0])
    if (message.tuple[0] === 3) say({ command: 'log', msg: 'three has failed' })
    say({ command: 'fail', id: message.id })
  })`
    const config = { 'topology.max.spout.pending': 10 }
    const run = new CliRun(['run', '--json', topology(t, { spout: NUMBERS(100), bolt, config })])
    await run.line(/three has failed/)
    run.signal('SIGINT')
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    const { roots } = reportOf(ended)
    const rows = logged(ended.stderr)
    t.true(rows.length >= 4)
    t.deepEqual(
      rows,
      rows.map((_, index) => index),
      'each number that was ever emitted has come through',
    )
    t.is(roots.emitted, 2 * rows.length)
    t.is(roots.acked, rows.length)
  },
)
