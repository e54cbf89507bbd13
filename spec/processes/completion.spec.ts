/** Completion in a real bash, at a terminal of its own: what the key puts into the line. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { SCRIPTS } from '../../lib/command/completion/scripts.ts'
import { BOUND_MS } from '../bound.ts'
import { type Contents, folderOf } from '../folder.ts'

const COMMAND = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))
/** The key at the beginning of a line in readline. */
const TO_BEGINNING = '\x01'
const TAB = '\t'

/** The command on the path of a test. */
const REAL = `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`

/**
 * Types a line into bash, with tabs in it, and lets it print the words that are there then.
 * @returns them, each in angle brackets
 */
async function typed(t: ExecutionContext, line: string, command: string, files: Contents = {}) {
  const folder = folderOf(t, { typhoon: command, script: SCRIPTS['bash']!, ...files })
  chmodSync(join(folder, 'typhoon'), 0o755)
  const bash = spawn('script', ['-qec', 'bash --noprofile --norc -i', '/dev/null'], {
    cwd: folder,
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, INPUTRC: '/dev/null', TERM: 'dumb' },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: BOUND_MS,
  })
  let shown = ''
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(shown)
        if (found !== null) resolve(found)
      }
      bash.stdout.on('data', look).on('close', () => reject(new Error(`${pattern} does not match ${shown}`)))
      look()
    })
  bash.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
  })
  bash.stdin.write("set -o emacs; PS1='ready> '; source script; echo loaded-$((1 + 1))\r")
  await said(/loaded-2\s+ready> /)
  bash.stdin.write(`${line}${TO_BEGINNING}printf '<%s>' begin \r`)
  const [, words = ''] = await said(/^<begin>(.*)$/m)
  bash.stdin.end('exit\r')
  await new Promise((resolve) => bash.once('close', resolve))
  return { folder, words: words.replace(/\r|ready> .*$/g, '') }
}

test.serial('bash completes a command, an option and a word', async (t) => {
  const { words } = await typed(t, `typhoon valid${TAB}--verb${TAB}`, REAL)
  t.is(words, '<typhoon><validate><--verbose>')
  const level = await typed(t, `typhoon logs words --level=w${TAB}--fol${TAB}`, REAL)
  t.is(level.words, '<typhoon><logs><words><--level=warn><--follow>')
})

test.serial('bash completes a file where a file belongs', async (t) => {
  const { words } = await typed(t, `typhoon run my-to${TAB}--st${TAB}`, REAL, { 'my-topology.yaml': '' })
  t.is(words, '<typhoon><run><my-topology.yaml><--state>')
})

test.serial('what is typed and what is offered are never evaluated', async (t) => {
  const offered = `#!/bin/sh\necho none\nprintf '%s\\t%s\\n' '$(touch offered)' about\n`
  const { folder, words } = await typed(t, `typhoon logs ${TAB}`, offered)
  t.is(words, '<typhoon><logs><$(touch offered)>')
  t.false(existsSync(join(folder, 'offered')))
  const bad = await typed(t, `typhoon logs '$(touch typed)' --lev${TAB}`, REAL)
  t.is(bad.words, '<typhoon><logs><$(touch typed)><--level>')
  t.false(existsSync(join(bad.folder, 'typed')))
})
