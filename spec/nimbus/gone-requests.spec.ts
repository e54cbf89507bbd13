/** What is kept of the changes of topologies that were killed. */
import { join } from 'node:path'
import test from 'ava'
import { StoreDirectory } from '../../lib/nimbus/leadership/store-directory.ts'
import { GoneRequests } from '../../lib/nimbus/record/requests.ts'
import { folderOf } from '../folder.ts'

test('of topologies that are killed at once the changes of all are kept', async (t) => {
  const store = new StoreDirectory(join(folderOf(t), 'requests'))
  const gone = await GoneRequests.open(store)
  const names = ['a', 'b', 'c']
  const requestOf = (name: string) => ({ id: `request of ${name}`, what: 'kill', digest: `of ${name}` })
  await Promise.all(names.map((name) => gone.keep({ name, requests: [{ ...requestOf(name), at: 1 }] })))
  for (const one of [gone, await GoneRequests.open(store)])
    t.deepEqual(
      names.map((name) => one.find(requestOf(name))?.topology),
      names,
    )
})
