/**
 * How long the command takes from start to end, held against a process of Node.js that does nothing. They take turns,
 * so that what else the machine does falls on all of them.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row, Scenario } from '../row.ts'
import { COMMAND } from '../topologies/shell-commands.ts'

/** Part of the usual run. */
export const START_SCENARIOS: readonly Scenario[] = [{ name: 'start', run: starts }]

const TIMES = 15
const ONE_TUPLE = `
name: one-tuple
spouts: [{ id: numbers, className: SequenceSpout, constructorArgs: [1] }]
bolts: [{ id: nothing, className: NullBolt }]
streams: [{ from: numbers, to: nothing, grouping: { type: SHUFFLE } }]
`

async function starts(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'typhoon-bench-'))
  try {
    const file = join(folder, 'one-tuple.yaml')
    writeFileSync(file, ONE_TUPLE)
    const [node, version, run] = await medianMs([
      ['-e', '0'],
      [COMMAND, '--version'],
      [COMMAND, 'run', file],
    ])
    return [
      { name: 'node -e 0', value: node!, unit: 'ms' },
      row('typhoon --version', version!, node!, 1.6, 1.3),
      row('typhoon run of one tuple, SequenceSpout to NullBolt in YAML', run!, node!, 5, 3.5),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function row(name: string, value: number, nodeMs: number, goal: number, aim: number): Row {
  const ratio = value / nodeMs
  return { name, value, unit: 'ms', ratio, goal: `ratio ${goal}, aim ${aim}`, reached: ratio <= goal }
}

/** The median time of each command of Node.js. */
async function medianMs(commands: readonly (readonly string[])[]): Promise<number[]> {
  const taken: number[][] = commands.map(() => [])
  for (let time = 0; time < TIMES; time++)
    for (const [index, args] of commands.entries()) taken[index]!.push(await msOf(args))
  return taken.map((all) => all.sort((a, b) => a - b)[TIMES >> 1]!)
}

async function msOf(args: readonly string[]): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`)
  return performance.now() - began
}
