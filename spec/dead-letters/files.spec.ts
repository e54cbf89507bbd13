/** Dead letters in their files: found, filtered, edited, dropped; and no other is lost, whoever writes meanwhile. */
import { appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { SequenceSpout } from '../../lib/components/index.ts'
import { type DeadLetter, toLine } from '../../lib/components/reliability/dead-letter.ts'
import { DeadLetterFile } from '../../lib/components/reliability/dead-letter-file.ts'
import { changeLetters } from '../../lib/dead-letters/change.ts'
import { csvLine, csvTitles } from '../../lib/dead-letters/csv.ts'
import { chosenLetters, dropLetters, editLetter, findLetters } from '../../lib/dead-letters/files.ts'
import { isLetter } from '../../lib/dead-letters/letters.ts'
import type { WantedLetters } from '../../lib/dead-letters/wanted.ts'
import { testContext } from '../../lib/testing/test-context.ts'
import { folderOf, inFolder } from '../folder.ts'

const RUN = 'run-1'

function letter(n: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return {
    ...{ run: RUN, topology: 'words', component: 'lines', task: 1, stream: 'default', messageId: n },
    values: { n, word: `w${n}` },
    reason: { kind: 'explicit', component: 'split', task: 2, error: 'boom', code: 'CANNOT_ENCODE' },
    ...{ description: 'bolt "split" failed it: boom', lastError: 'boom', attempts: 3 },
    time: new Date(1000 * n).toISOString(),
    ...more,
  }
}

function fileOf(t: ExecutionContext, content: string): string {
  const file = join(folderOf(t), 'words.jsonl')
  writeFileSync(file, content)
  return file
}

async function numbers(file: string, wanted: WantedLetters = {}): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const entry of findLetters([file], wanted)) if (isLetter(entry)) found.push(entry.letter.values['n'])
  return found
}

test('a file is read to its end, and what is no letter is told of by its line', async (t) => {
  const file = fileOf(t, `${toLine(letter(1))}\n{"a":\n\n{"topology":"words"}\n${toLine(letter(2))}\n{"run":"x","top`)
  const found: unknown[] = []
  for await (const entry of findLetters([file, `${file}.none`], {}))
    found.push(isLetter(entry) ? [entry.line, entry.letter.values] : [entry.line, entry.isTorn])
  t.deepEqual(found, [
    [1, { n: 1, word: 'w1' }],
    [2, false],
    [4, false],
    [5, { n: 2, word: 'w2' }],
    [6, true],
  ])
})

test('letters are found by component, code, time and values', async (t) => {
  const other = letter(4, { component: 'clicks', values: { n: 4 }, reason: { kind: 'timeout', waitingFor: [] } })
  const file = fileOf(t, [letter(1), letter(2), letter(3), other].map((one) => `${toLine(one)}\n`).join(''))
  for (const [wanted, ns] of [
    [{}, [1, 2, 3, 4]],
    [{ component: 'clicks' }, [4]],
    [{ component: 'split' }, [1, 2, 3]],
    [{ code: 'CANNOT_ENCODE' }, [1, 2, 3]],
    [{ since: new Date(2000).toISOString(), until: new Date(4000).toISOString() }, [2, 3]],
    [{ where: "n > 1 && word != 'w3'" }, [2]],
    [{ where: 'n > 3' }, [4]],
  ] as const)
    t.deepEqual(await numbers(file, wanted), [...ns], JSON.stringify(wanted))
  await t.throwsAsync(numbers(file, { where: 'wrod == 1' }), { code: 'BAD_EXPRESSION' })
  await t.throwsAsync(numbers(file, { where: 'n >' }), { code: 'BAD_EXPRESSION' })
  // It fails of all that have the field.
  await t.throwsAsync(numbers(file, { where: "n > '3'" }), { code: 'BAD_EXPRESSION' })
})

test('ids last while their line does, equal lines have different ones, and a beginning will do', async (t) => {
  const file = fileOf(t, `${toLine(letter(1))}\n${toLine(letter(1))}\n${toLine(letter(2))}\n`)
  const [one, again, two] = await chosenLetters([file], { wanted: {} })
  t.is(again!.id, `${one!.id}-2`)
  await dropLetters([file], { ids: [two!.id.slice(0, 6)] })
  t.deepEqual(
    (await chosenLetters([file], { wanted: {} })).map(({ id }) => id),
    [one!.id, again!.id],
  )
  await t.throwsAsync(dropLetters([file], { ids: [two!.id] }), { code: 'DEAD_LETTER_UNKNOWN' })
  await t.throwsAsync(dropLetters([file], { ids: [one!.id.slice(0, 5)] }), { code: 'DEAD_LETTER_UNKNOWN' })
})

test('an edited letter has other values, and all else that stood there', async (t) => {
  const before = `${toLine(letter(1)).slice(0, -1)},"later":[1]}`
  const file = fileOf(t, `{"torn\n${before}\n${toLine(letter(2))}`)
  const [first] = await chosenLetters([file], { wanted: {} })
  const after = await editLetter([file], first!.id, new Map([['word', '"new"']]), new Date(0))
  t.deepEqual(after.letter.values, { n: 1, word: 'new' })
  const { edited, ...rest } = JSON.parse(after.text) as Record<string, unknown>
  t.is(edited, '1970-01-01T00:00:00.000Z')
  t.deepEqual(rest, { ...JSON.parse(before), values: { n: 1, word: 'new' } })
  t.is(readFileSync(file, 'utf8'), `{"torn\n${after.text}\n${toLine(letter(2))}`)
  for (const [field, value] of [
    ['wrod', '1'],
    ['word', '{"$bigint":"x"}'],
    ['word', 'new'],
  ] as const)
    await t.throwsAsync(editLetter([file], after.id, new Map([[field, value]]), new Date(0)), {
      code: 'DEAD_LETTER_UNFIT',
    })
})

test('whatever stands in a file, a change takes away the lines that it is about, and no byte more', async (t) => {
  const line = fc.oneof(
    fc.nat(9).map((n) => ({ text: toLine(letter(n)), isLetter: true })),
    fc.constantFrom('', '{', '{"values":{}}', 'é').map((text) => ({ text, isLetter: false })),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.infiniteStream(fc.boolean()),
      fc.boolean(),
      (lines, drops, isEnded) =>
        inFolder(async (folder) => {
          const file = join(folder, 'letters.jsonl')
          writeFileSync(file, lines.map(({ text }) => text).join('\n') + (isEnded ? '\n' : ''))
          const letters = await chosenLetters([file], { wanted: {} })
          const going = letters.filter(() => drops.next().value)
          await dropLetters([file], { ids: going.map(({ id }) => id) })
          const gone = new Set(going.map(({ line: number }) => number))
          const kept = lines.map(({ text }) => `${text}\n`)
          if (!isEnded && kept.length > 0) kept.push(kept.pop()!.slice(0, -1))
          t.is(
            readFileSync(file, 'utf8'),
            kept.filter((_, index) => !gone.has(index + 1)).join('') + (isEnded && lines.length === 0 ? '\n' : ''),
          )
        }),
    ),
    { numRuns: 40 },
  )
})

test('writers that write all the time lose no letter while others are dropped, and none stands there twice', async (t) => {
  const file = join(folderOf(t), 'words.jsonl')
  const context = testContext(new SequenceSpout(1), {
    config: { 'topology.dead.letters.file': file, 'topology.spout.error.limit': 1000 },
  })
  const writer = new DeadLetterFile(context, () => {})
  const written = new Set<number>()
  const dropped = new Set<number>()
  for (let n = 0; n < 60; n++) {
    writer.add(toLine(letter(n)), () => written.add(n))
    const change = n % 3 === 2 ? dropLetters([file], { wanted: { where: `n == ${n - 2}` } }) : undefined
    // The change is under way while this is written.
    for (let turn = 0; writer.size > 0 || turn < 3; turn++) {
      writer.flush(Number.POSITIVE_INFINITY)
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const { letter: gone } of (await change) ?? []) dropped.add(gone.values['n'] as number)
  }
  t.is(written.size, 60)
  t.deepEqual(
    await numbers(file),
    [...written].filter((n) => !dropped.has(n)),
  )
  t.is(dropped.size, 20)
})

test('a writer whose file is replaced between its opening and its claim writes to the one that has the name', (t) => {
  const file = fileOf(t, `${toLine(letter(1))}\n`)
  writeFileSync(`${file}.other`, '')
  const context = testContext(new SequenceSpout(1), { config: { 'topology.dead.letters.file': file } })
  const { component } = context
  let replaces = true
  // The claim asks for it when the file is open.
  const get = (): string => {
    if (replaces) renameSync(`${file}.other`, file)
    replaces = false
    return component
  }
  const writer = new DeadLetterFile(Object.defineProperty(context, 'component', { get }), () => {})
  writer.add(toLine(letter(2)), () => {})
  writer.flush(Number.POSITIVE_INFINITY)
  t.is(replaces, false)
  t.is(writer.size, 0)
  t.is(readFileSync(file, 'utf8'), `${toLine(letter(2))}\n`)
})

test('two changes at once are both made', async (t) => {
  const all = Array.from({ length: 20 }, (_, n) => n)
  const file = fileOf(t, all.map((n) => `${toLine(letter(n))}\n`).join(''))
  const ids = (await chosenLetters([file], { wanted: {} })).map(({ id }) => id)
  await Promise.all(ids.slice(0, 10).map((id) => changeLetters(file, new Map([[id, undefined]]))))
  t.deepEqual(await numbers(file), all.slice(10))
})

test('what was dropped or edited is not brought back by a run that goes back to a snapshot', async (t) => {
  const lines = [1, 2, 3].map((n) => toLine(letter(n)))
  const file = fileOf(t, `${lines.join('\n')}\n`)
  const [first, second] = await chosenLetters([file], { wanted: {} })
  await dropLetters([file], { ids: [first!.id] })
  await editLetter([file], second!.id, new Map([['word', '"new"']]), new Date(0))
  const context = {
    ...testContext(new SequenceSpout(1), { config: { 'topology.dead.letters.file': file } }),
    run: RUN,
    topology: 'words',
  }
  const later = new DeadLetterFile({ ...context, component: 'lines', task: 1 } as never, () => {})
  t.deepEqual([...later.written([...lines, toLine(letter(4))])].sort(), [...lines].sort())
  t.deepEqual(
    [1, 2, 3, 4].map((n) => later.hasOneOf(letter(n))),
    [true, true, true, false],
  )
  // Nor what has nothing more in its file.
  rmSync(file)
  writeFileSync(file, '')
  t.is(later.written([lines[0]!]).size, 1)
  // Another run may give up the same.
  t.is(new DeadLetterFile({ ...context, run: 'run-2' } as never, () => {}).written([lines[0]!]).size, 0)
})

test('a change keeps the mode of the file, and leaves nothing beside it but what is remembered', async (t) => {
  const file = fileOf(t, `${toLine(letter(1))}\n`)
  appendFileSync(`${file}.new`, 'left by one that was killed')
  const { mode } = statSync(file)
  await dropLetters([file], { wanted: {} })
  t.is(statSync(file).mode, mode)
  t.throws(() => statSync(`${file}.new`), { code: 'ENOENT' })
  t.false(readFileSync(`${file}.gone`, 'utf8').includes('w1'))
})

test('a table for a spreadsheet has no formulas, and its cells are quoted where they must be', async (t) => {
  const values = { n: -1, word: '=HYPERLINK("x")', text: 'a,"b"\nc', day: new Date(0) }
  const file = fileOf(t, `${toLine(letter(1, { values }))}\n`)
  const [found] = await chosenLetters([file], { wanted: {} })
  const fields = ['n', 'word', 'text', 'day', 'none']
  t.true(csvTitles(fields).endsWith(',n,word,text,day,none'))
  const cells = `-1,"'=HYPERLINK(""x"")","a,""b""\nc","{""$date"":""1970-01-01T00:00:00.000Z""}",`
  t.true(csvLine(found!, fields).endsWith(`,1,${RUN},${cells}`))
})
