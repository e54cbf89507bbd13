/**
 * The Go library where the contract of multilang does not look: its own tests, that the contract's components build,
 * and that the README of the library says what happens. With the real go, which needs no network here.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { BOUND_MS } from '../bound.ts'
import { folderOf } from '../folder.ts'
import { blocksOf } from '../house/documents.ts'
import { ROOT } from '../house/sources.ts'

const LIBRARY = join(ROOT, 'multilang/go')
const COMPONENTS = join(ROOT, 'spec/contract/multilang/go')
/** Of a line of a shell block: what is run. Commands of npm and of Typhoon itself are not. */
const COMMAND = /^(?:\$ )?((?:go|printf) .*)$/
const ENVIRONMENT = { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' }

type Body = (t: ExecutionContext) => void
const specs = new Map<string, Body>()
const spec = (title: string, body: Body) => void specs.set(title, body)

function register(): void {
  // One after the other: the compiler takes all cores as it is.
  if (spawnSync('go', ['version']).status === 0) for (const [title, body] of specs) test.serial(title, body)
  else test(`go is not installed: ${specs.size} tests left out`, (t) => t.pass())
}

/** Runs a command and gives what it printed; all that it said is in the error if it fails. */
function shell(command: string, cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync('sh', ['-c', command], {
    cwd,
    env: ENVIRONMENT,
    encoding: 'utf8',
    timeout: BOUND_MS,
  })
  if (status !== 0) throw new Error(`${command}: ${error ?? `exit code ${status}`}\n${stdout}${stderr}`)
  return stdout
}

spec('the library and its example are as gofmt and go vet want them', (t) => {
  for (const folder of [LIBRARY, COMPONENTS]) {
    t.is(shell('gofmt -l .', folder), '')
    t.is(shell('go vet ./...', folder), '')
  }
})

spec('the library builds where there is no Unix', (t) => {
  t.is(shell('GOOS=windows go build ./...', LIBRARY), '')
})

spec('the tests of the library pass', (t) => {
  t.regex(shell('go test -count=1 .', LIBRARY), /^ok/)
})

spec('the components of the contract build, and end with exit code 0 when there is no input at all', (t) => {
  const program = join(folderOf(t), 'components')
  shell(`go build -o '${program}' .`, COMPONENTS)
  t.is(execFileSync(program, ['echo'], { input: '', encoding: 'utf8', timeout: BOUND_MS }), '')
})

spec('what the README shows can be built and run, and prints what stands there', (t) => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(ROOT, join(folder, 'node_modules/typhoon'))
  const blocks = blocksOf(readFileSync(join(LIBRARY, 'README.md'), 'utf8'))
  for (const { text } of blocks) {
    const [, file] = /^(?:\/\/|#) ([\w/]+\.\w+)\n/.exec(text) ?? []
    if (file === undefined) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text.slice(text.indexOf('\n') + 1))
  }
  for (const { info, text } of blocks.filter(({ info }) => info[0] === 'sh' || info[0] === 'console')) {
    const lines = text.trim().split('\n')
    const printed = lines.flatMap((line) => {
      const command = COMMAND.exec(line)?.[1]
      return command === undefined ? [] : [shell(command, folder)]
    })
    if (info[0] === 'console')
      t.is(printed.join('').trim(), lines.filter((line) => !line.startsWith('$ ')).join('\n'), text)
  }
})

register()
