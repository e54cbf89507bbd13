/**
 * A process of its own that writes into a store, for specifications that kill it or take its disk away: `fill` or
 * `count`, and a directory.
 */
import { openStore } from '../../lib/store/store.ts'

const [what, directory] = process.argv.slice(2) as [string, string]
const store = openStore(directory, { sync: 'commit' })

if (what === 'fill') {
  let transactions = 0
  let code: unknown
  while (code === undefined && transactions < 1000) {
    try {
      store.transaction((writer) => writer.put(`n${transactions}`, 'x'.repeat(50_000)))
      transactions++
    } catch (error) {
      code = (error as { code?: unknown }).code
    }
  }
  console.log(JSON.stringify({ code, transactions, readable: [...store.range('n')].length }))
} else {
  for (let count = ((store.get('a') as number | undefined) ?? 0) + 1; ; count++) {
    store.transaction((writer) => {
      for (const key of ['a', 'b', 'c']) writer.put(key, count)
    })
    process.stdout.write(`${count}\n`)
    // Lines get out between the transactions.
    await new Promise(setImmediate)
  }
}
