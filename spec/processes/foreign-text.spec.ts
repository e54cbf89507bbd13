/**
 * Text of others in every command: names, arguments, YAML, what components throw and children print. Wherever it comes
 * from, it moves no cursor, and no line of it passes for an error of Typhoon's own. Results on stdout are the user's,
 * unless stdout is a terminal.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { sharedFolder } from '../folder.ts'
import { type Ended, typhoon, typhoonProcess } from './cli.ts'

const folder = sharedFolder()

/**
 * Lines that look like Typhoon's, after every kind of line break; colours, a title, the cursor; text that runs
 * backwards.
 */
const FOREIGN = `a\nerror[FORGED]: b\r\nerror[FORGED]: c\rerror[FORGED]: d\u2028error[FORGED]: e\u001b[2J\u001b]0;title\u0007\u009b31m\u202edcba\u007f\b`
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/

const json = JSON.stringify
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const topology = (parts: Readonly<Record<string, unknown>>) =>
  json({
    name: 'small',
    spouts: [{ id: 'spout', className: 'SequenceSpout', constructorArgs: [1] }],
    bolts: [{ id: 'bolt', className: 'NullBolt' }],
    streams: [{ from: 'spout', to: 'bolt', grouping: { type: 'SHUFFLE' } }],
    ...parts,
  })

const NAMES = file(
  'names.yaml',
  topology({
    spouts: [{ id: FOREIGN, className: 'SequenceSpout', constructorArgs: [1] }],
    streams: [{ from: FOREIGN, to: 'bolt', grouping: { type: 'SHUFFLE' } }],
  }),
)
const KEY = file('key.yaml', topology({ [FOREIGN]: 1, config: { [`topology.${FOREIGN}`]: FOREIGN } }))
const STREAM = file(
  'stream.yaml',
  topology({
    streams: [{ from: FOREIGN, to: FOREIGN, grouping: { type: 'FIELDS', args: [FOREIGN], streamId: FOREIGN } }],
  }),
)
const CLASS = file('class.yaml', topology({ bolts: [{ id: 'bolt', className: FOREIGN }] }))
const NAME = file('name.yaml', topology({ name: FOREIGN }))
const VARIABLE = file('variable.yaml', `name: "\${${json(FOREIGN).slice(1, -1)}}"\n`)
const SYNTAX = file('syntax.yaml', `name: {${FOREIGN.replaceAll(/[\r\n]/g, ' ')}\n`)
const SET = file('set.yaml', topology({ config: { 'topology.workers': '${workers}' } }))

file(
  'components.mjs',
  `const text = ${json(FOREIGN)}
export class Thrower { kind = 'bolt'; declareOutputFields() {} prepare() {} execute() { throw Object.assign(new Error(text), { stack: text }) } cleanup() {} }
export class Unmakeable { constructor() { throw new Error(text) } }
export class Loud { kind = 'bolt'; declareOutputFields() {} prepare(context) { process.stderr.write(text + '\\n'); context.log('info', text); throw new Error(text) } execute() {} cleanup() {} }
`,
)
const THROWS = file('throws.yaml', topology({ bolts: [{ id: 'bolt', className: './components.mjs#Thrower' }] }))
const LOUD = file('loud.yaml', topology({ bolts: [{ id: 'bolt', className: './components.mjs#Loud' }] }))
const MODULE = file('module.mjs', `throw new Error(${json(FOREIGN)})`)
const CHILD_PROGRAM = file(
  'child.mjs',
  `const send = (message) => process.stdout.write(JSON.stringify(message) + '\\nend\\n')
const text = ${json(FOREIGN)}
let asked = false
process.stdin.on('data', () => {
  if (asked) process.exit(3)
  asked = true
  send({ pid: process.pid })
  send({ command: 'log', msg: text, level: 3 })
  send({ command: 'error', msg: text })
  send({ command: text })
  process.stderr.write(text + '\\n')
  process.stdout.write(text + '\\n')
})
process.stdin.on('end', () => process.exit(3))
`,
)
const CHILD = file(
  'child.yaml',
  topology({ bolts: [{ id: 'bolt', className: 'ShellBolt', constructorArgs: [[process.execPath, 'child.mjs'], []] }] }),
)

const SHORT = ['-c', 'topology.worker.max.restarts=0', '-c', 'topology.acker.executors=0']

/** What the command says by itself. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'a command that does not exist': [FOREIGN],
  'an option that does not exist': ['validate', `--${FOREIGN}`, NAMES],
  'a configuration key': ['validate', NAMES, '-c', `topology.${FOREIGN}=${FOREIGN}`],
  'a configuration value': ['validate', NAMES, '-c', `topology.workers=${FOREIGN}`],
  'a value of --set': ['validate', SET, '--set', `workers=${FOREIGN}`],
  'a file that does not exist': ['validate', `${FOREIGN}.yaml`],
  'a file with a wrong extension': ['run', FOREIGN],
  'keys of YAML': ['validate', KEY],
  'ids of streams and fields': ['validate', STREAM],
  'the name of a class': ['validate', CLASS],
  'the name of the topology': ['validate', NAME],
  'the name of a variable': ['validate', VARIABLE],
  'a line of YAML that is wrong': ['validate', SYNTAX],
  'a module that throws': ['validate', MODULE, '--verbose'],
  'ids, where a topology is right': ['validate', NAMES],
  'ids, in a plan': ['plan', NAMES],
  'ids, in a flowchart': ['plan', NAMES, '--mermaid'],
  'a function of DRPC, and an address': ['drpc', FOREIGN, FOREIGN, '--url', `http://127.0.0.1:9/${FOREIGN}`],
  'a child that is checked': ['multilang', 'check', '--timeout', '1', '--', process.execPath, CHILD_PROGRAM],
  'a child that does not exist': ['multilang', 'check', '--', FOREIGN],
  'a tuple for a check': ['multilang', 'check', '--tuple', FOREIGN, '--', 'true'],
}

/** What workers, or the process of a child, say as well. */
const PROCESSES: Readonly<Record<string, readonly string[]>> = {
  'ids, in a run': ['run', NAMES],
  'ids, in a log of JSON': ['run', NAMES, '--log-format', 'json'],
  'a bolt that throws': ['run', THROWS, '--for', '1s', '--verbose', ...SHORT],
  'a bolt that writes, logs and throws': ['run', LOUD, '--verbose', ...SHORT],
  'a child that prints, logs and says nonsense': ['run', CHILD, '--for', '1s', '--verbose', ...SHORT],
  'a class for a child': ['shell', FOREIGN],
  'a class for a child that throws': ['shell', './components.mjs#Unmakeable'],
  'a child that cannot begin': ['shell', './components.mjs#Loud'],
}

for (const [what, args] of Object.entries(COMMANDS))
  test(`${what} cannot pass for a line of Typhoon's`, async (t) => isHarmless(t, await typhoon(args)))

for (const [what, args] of Object.entries(PROCESSES))
  test(`${what} cannot pass for a line of Typhoon's`, async (t) =>
    isHarmless(t, await typhoonProcess(args, { cwd: folder })))

function isHarmless(t: ExecutionContext, { code, stdout, stderr }: Ended): void {
  t.not(code, null)
  for (const text of [stdout, stderr]) {
    t.notRegex(text, UNPRINTABLE)
    t.notRegex(text, /^error\[FORGED\]/m)
  }
}
