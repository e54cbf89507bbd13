/** A store that has all that a store can have, to be damaged. */
import { openStore } from '../../lib/store/store.ts'

/** A store with pages of every kind, and one that lies free. */
export async function filled(directory: string): Promise<Map<string, unknown>> {
  const store = openStore(directory, { sync: 'none' })
  for (let round = 0; round < 4; round++) {
    store.transaction((writer) => {
      for (let i = 0; i < 600; i++) {
        if ((i + round) % 3 > 0) writer.put(`word ${i}`, [round, i])
        else writer.remove(`word ${i}`)
      }
      writer.put('big', 'y'.repeat(20_000 + round))
      writer.put('long key'.repeat(300), round)
    })
  }
  const all = new Map(store.range(''))
  await store.close()
  return all
}
