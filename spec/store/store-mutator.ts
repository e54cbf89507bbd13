/**
 * Damages the file of a store in many ways, one after the other, and opens each: says for each what came of it. A
 * process of its own, for what is looked for is that it ends by a signal.
 *
 *     node store-mutator.js DIRECTORY WORK SEED FIRST COUNT
 *
 * DIRECTORY holds a store whose records are to be read; WORK is an empty folder. Prints `begin N`, then `refused CODE`,
 * `sound` or `wrong WHAT`.
 */
import { cpSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openStore } from '../../lib/store/store.ts'
import { Prng } from '../../lib/util/prng.ts'

const [directory, work, seed, first, count] = process.argv.slice(2) as [string, string, string, string, string]
const PAGE = 4096

const whole = readFileSync(join(directory, 'data.mdb'))

function say(text: string): void {
  writeSync(1, `${text}\n`)
}

/** One change: of a bit, of some bytes in a row, of a page, or of the length. */
function mutated(random: Prng): Buffer {
  const bytes = Buffer.from(whole)
  const pages = bytes.length / PAGE
  const page = random.below(4) === 0 ? random.below(Math.min(3, pages)) : random.below(pages)
  // Heads of pages, what stands behind them, and anything.
  const at = page * PAGE + random.below([24, 200, PAGE][random.below(3)]!)
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2:
      bytes[at]! ^= 1 << random.below(8)
      break
    case 3:
      bytes[at] = random.below(256)
      break
    case 4:
      for (let i = 0; i < 1 + random.below(16); i++) bytes[Math.min(at + i, bytes.length - 1)] = random.below(256)
      break
    case 5:
      bytes.fill(random.below(2) === 0 ? 0 : 255, at, at + 1 + random.below(600))
      break
    case 6:
      bytes.copyWithin(random.below(pages) * PAGE, page * PAGE, (page + 1) * PAGE)
      break
    default:
      return random.below(2) === 0 ? bytes.subarray(0, at) : Buffer.concat([bytes, Buffer.alloc(random.below(9000), 7)])
  }
  return bytes
}

async function read(path: string, change: boolean): Promise<Map<string, unknown>> {
  const store = openStore(path, { sync: 'none' })
  try {
    const all = new Map(store.range(''))
    for (const [key, value] of all) if (!isDeepStrictEqual(store.get(key), value)) throw new Error(`get of ${key}`)
    for (let round = 0; change && round < 6; round++) {
      store.transaction((writer) => {
        for (const key of [...all.keys()].filter((_, index) => index % 7 === round)) writer.remove(key)
        for (let i = 0; i < 40; i++) writer.put(`more ${round} ${i}`, 'z'.repeat(i * 60))
      })
    }
    return all
  } finally {
    await store.close()
  }
}

const pristine = join(work, 'pristine')
cpSync(directory, pristine, { recursive: true })
const expected = await read(pristine, false)

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  const path = join(work, `${number}`)
  cpSync(directory, path, { recursive: true })
  writeFileSync(join(path, 'data.mdb'), mutated(new Prng(Number(seed) * 1_000_003 + number)))
  say(`begin ${number}`)
  try {
    const found = await read(path, true)
    say(isDeepStrictEqual(found, expected) ? 'sound' : `wrong ${number}`)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    say(code === 'STATE_CORRUPT' || code === 'STATE_FORMAT' ? `refused ${code}` : `wrong ${number}: ${code} ${message}`)
  }
  rmSync(path, { recursive: true })
}
