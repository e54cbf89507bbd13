import { closeSync, existsSync, openSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { type Line, plain } from '../../lib/command/render/line.ts'
import { FileOutput } from '../../lib/command/terminal/file-output.ts'
import { eraseText } from '../../lib/command/terminal/terminal.ts'
import { FakeStream, fakeTerminal } from './parts.ts'

/**
 * What stands on a screen that is wide enough, after this text: understands line breaks, returns, cursor up, and erase
 * below.
 */
function screenAfter(text: string): string[] {
  const rows: string[] = ['']
  let row = 0
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of a terminal
  for (const [part, up] of text.matchAll(/\u001b\[(\d+)A|\u001b\[J|./gs)) {
    if (up !== undefined) row -= Number(up)
    else if (part === '\r') column = 0
    else if (part === '\n') {
      row++
      column = 0
      rows[row] ??= ''
    } else if (part === '\u001b[J') {
      rows.length = row + 1
      rows[row] = rows[row]!.slice(0, column)
    } else rows[row] = rows[row]!.slice(0, column) + part + rows[row]!.slice(++column)
  }
  return rows
}

function lines(...texts: readonly string[]): Line[] {
  return texts.map(plain)
}

test('results go to stdout, everything else to stderr', (t) => {
  const { terminal, stdout, stderr } = fakeTerminal()
  terminal.result('a result')
  terminal.say(lines('a word', 'and another'))
  t.is(stdout.text, 'a result\n')
  t.is(stderr.text, 'a word\nand another\n')
})

test('what is no terminal gets no frame, no width, and no colours', (t) => {
  const { terminal, stderr } = fakeTerminal()
  t.false(terminal.isLive)
  t.is(terminal.columns, undefined)
  terminal.say([[{ text: 'red', style: 'red' }]])
  t.is(stderr.text, 'red\n')
})

test('a terminal gets colours, unless NO_COLOR is set', (t) => {
  const red: Line = [{ text: 'red', style: 'red' }]
  const colored = fakeTerminal(new FakeStream(), new FakeStream(true))
  colored.terminal.say([red])
  t.is(colored.stderr.text, '\u001b[31mred\u001b[39m\n')
  const plainly = fakeTerminal(new FakeStream(), new FakeStream(true), { NO_COLOR: '1' })
  plainly.terminal.say([red])
  t.is(plainly.stderr.text, 'red\n')
})

test('a dumb terminal gets no frame', (t) => {
  t.false(fakeTerminal(new FakeStream(), new FakeStream(true), { TERM: 'dumb' }).terminal.isLive)
})

test('a terminal that does not know its width is taken for one of 80 columns, the last of which stays free', (t) => {
  t.deepEqual(fakeTerminal(new FakeStream(), new FakeStream(true, 0)).terminal.size, { columns: 79, rows: 24 })
})

test('frames take the place of each other, and lines stand above them', (t) => {
  const { terminal, stderr } = fakeTerminal(new FakeStream(), new FakeStream(true))
  terminal.draw(lines('frame 1', 'second row'))
  terminal.draw(lines('frame 2'))
  terminal.say(lines('said'))
  terminal.draw(lines('frame 3', 'second row', 'third row'))
  t.deepEqual(screenAfter(stderr.text), ['said', 'frame 3', 'second row', 'third row'])
  terminal.clear()
  t.deepEqual(screenAfter(stderr.text), ['said', ''])
})

test('whatever comes in whatever order, the screen has all lines in order and then the last frame', (t) => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 })
  const texts = fc.array(word, { minLength: 1, maxLength: 4 })
  const step = fc.record({ kind: fc.constantFrom('say', 'draw', 'result'), texts })
  const law = fc.property(fc.array(step, { maxLength: 20 }), texts, (steps, last) => {
    // One screen for both streams.
    const screen = new FakeStream(true)
    const { terminal } = fakeTerminal(screen, screen, { NO_COLOR: '1' })
    const said: string[] = []
    for (const { kind, texts } of steps) {
      if (kind === 'draw') terminal.draw(lines(...texts))
      else if (kind === 'say') terminal.say(lines(...texts))
      else terminal.result(texts.join('\n'))
      if (kind !== 'draw') said.push(...texts)
    }
    terminal.draw(lines(...last))
    t.deepEqual(screenAfter(screen.text), [...said, ...last])
    terminal.clear()
    t.deepEqual(screenAfter(screen.text), [...said, ''])
  })
  t.notThrows(() => fc.assert(law))
})

test('a frame comes back by itself after a line', async (t) => {
  let wake: () => void = () => {}
  const stderr = new FakeStream(true, 80, () => wake())
  const { terminal } = fakeTerminal(new FakeStream(), stderr)
  terminal.draw(lines('frame'))
  terminal.say(lines('said'))
  t.deepEqual(screenAfter(stderr.text), ['said', ''])
  const timeout = setTimeout(() => {}, 60_000)
  await new Promise<void>((resolve) => {
    wake = resolve
  })
  clearTimeout(timeout)
  t.deepEqual(screenAfter(stderr.text), ['said', 'frame'])
})

test('lines are cut to the terminal, and one that was made narrower is cleaned of what it has wrapped', (t) => {
  const { terminal, stderr } = fakeTerminal(new FakeStream(), new FakeStream(true, 10))
  terminal.draw(lines('0123456789'))
  t.is(stderr.text, '01234567…')
  t.is(eraseText([], 80), '')
  t.is(eraseText(lines('one row'), 80), '\r\u001b[J')
  t.is(eraseText(lines('0123456789', '', '01234'), 4), '\u001b[5A\r\u001b[J')
})

test('when the reader of stdout has gone, that is told once and nothing more is written', (t) => {
  for (const code of ['EPIPE', 'ECONNRESET', 'EIO']) {
    const { terminal, stdout } = fakeTerminal()
    const told: unknown[] = []
    terminal.onBroken((failure) => told.push(failure))
    stdout.fail(Object.assign(new Error(code), { code }))
    stdout.fail(Object.assign(new Error(code), { code }))
    terminal.result('too late')
    t.deepEqual(told, [undefined])
    t.is(terminal.failure, undefined)
    t.is(stdout.text, '')
  }
})

test('where stdout cannot be written for another reason, that is a failure', (t) => {
  const { terminal, stdout } = fakeTerminal()
  stdout.fail(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
  terminal.onBroken((failure) => t.is(failure, terminal.failure))
  t.like(terminal.failure, { code: 'OUTPUT_FAILED' })
})

test('who writes results faster than somebody reads them is told to wait, until there is room', async (t) => {
  const { terminal, stdout } = fakeTerminal()
  t.is(terminal.result('there is room'), undefined)
  stdout.writableNeedDrain = true
  const room = [terminal.result('no more room'), terminal.result('nor for this')]
  stdout.drain()
  await Promise.all(room)
  t.is(stdout.text, 'there is room\nno more room\nnor for this\n')
})

test('who waits for room waits no longer when the reader has gone, or when the end is not to wait for him', async (t) => {
  for (const end of ['gone', 'hurry'] as const) {
    const { terminal, stdout } = fakeTerminal()
    stdout.writableNeedDrain = true
    const room = terminal.result('first')
    if (end === 'gone') stdout.fail(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }))
    else terminal.hurry()
    await room
    t.is(terminal.result('second'), undefined)
    t.is(stdout.text, 'first\n')
    await terminal.flush()
  }
})

test('of words that nobody reads the rest is left out, and counted where somebody reads again', (t) => {
  const { terminal, stderr } = fakeTerminal()
  terminal.say(lines('read'))
  stderr.writableLength = 5_000_000
  terminal.say(lines('one', 'two'))
  terminal.say(lines('three'))
  stderr.drain()
  t.is(stderr.text, 'read\n3 lines were left out here: they came faster than they were read\n')
})

const hasFullDevice = existsSync('/dev/full')

if (hasFullDevice) {
  test('a file that has no room is told as an error', (t) => {
    const fd = openSync('/dev/full', 'w')
    t.teardown(() => closeSync(fd))
    const output = new FileOutput(fd)
    const errors: unknown[] = []
    output.on('error', ({ code }) => errors.push(code))
    output.write('a result')
    t.deepEqual(errors, ['ENOSPC'])
  })
}

test('a terminal gets nothing of others that steers it: results are printable there, and whole in a file', (t) => {
  const text = 'two\nlines \u001b[2J'
  const piped = fakeTerminal()
  piped.terminal.result(text)
  t.is(piped.stdout.text, `${text}\n`)
  const shown = fakeTerminal(new FakeStream(true), new FakeStream(true), { NO_COLOR: '1' })
  shown.terminal.result(text)
  shown.terminal.say([plain('a name \u001b]0;title\u0007\nand an end')])
  t.is(shown.stdout.text, 'two\nlines \\u001b[2J\n')
  t.true(shown.stderr.text.endsWith('a name \\u001b]0;title\\u0007\\nand an end\n'))
})
