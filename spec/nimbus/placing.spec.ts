/** What becomes of the workers of a nimbus that is gone, where the one that follows cannot remember its run. */
import test from 'ava'
import { TyphoonError } from '../../lib/errors/typhoon-error.ts'
import type { Examined } from '../../lib/nimbus/code/examine.ts'
import type { Engine, Placed, Placement } from '../../lib/nimbus/hosted/engine.ts'
import { Placing } from '../../lib/nimbus/hosted/placing.ts'
import type { TopologyRecord } from '../../lib/nimbus/record/record.ts'

const SLOTS = [{ supervisor: 'a', host: '10.0.0.2', port: 0 }]
const RECORD: TopologyRecord = {
  ...{ id: 'a-1-1', name: 'a', status: 'ACTIVE', submittedAt: 0, revision: 1 },
  wanted: { bundle: { entry: 'a.yaml', files: [] }, variables: {}, aliases: {}, config: {} },
  elsewhere: { run: 'before', slots: SLOTS },
}
const EXAMINED: Examined = {
  topology: { name: 'a', config: {}, components: {} },
  source: { file: 'a.yaml', variables: {}, config: {} },
  isReplayable: false,
  warnings: [],
}

/** Hosts that have room, and what they were asked for. */
function hosts() {
  const asked: Placed[] = []
  let held = 0
  const engine: Engine = {
    hosts: [],
    copies: { spread: async () => ({ copies: 1, wanted: 1 }), gather: async () => {} },
    check: () => {},
    giveUp: () => {},
    leave: () => {},
    forget: () => {},
    async place(placed) {
      asked.push(placed)
      held++
      const elsewhere = { run: placed.before?.run ?? 'new', secret: '', slots: SLOTS, listen: {}, file: '' }
      return { elsewhere, serves: () => {}, release: () => void held-- } as unknown as Placement
    },
  }
  return { engine, asked, held: () => held }
}

test('a run is taken over at the next attempt where it could not be remembered at this one', async (t) => {
  const { engine, asked, held } = hosts()
  const placing = new Placing(engine, () => {})
  const full = async (): Promise<void> => {
    throw new TyphoonError('STATE_UNAVAILABLE', 'the disk is full')
  }
  await t.throwsAsync(placing.place(RECORD, EXAMINED, false, full), { code: 'STATE_UNAVAILABLE' })
  t.is(held(), 0)
  t.true(placing.expects(RECORD, 'before'))
  const remembered: string[] = []
  const remember = async ({ run }: { readonly run: string }): Promise<void> => void remembered.push(run)
  t.is((await placing.place(RECORD, EXAMINED, false, remember))?.elsewhere.run, 'before')
  t.deepEqual(remembered, ['before'])
  t.is(held(), 1)
  // Once it runs there is nothing of another nimbus.
  placing.begun()
  t.false(placing.expects(RECORD, 'before'))
  await placing.place(RECORD, EXAMINED, false, remember)
  t.deepEqual(
    asked.map(({ before }) => before?.run),
    ['before', 'before', undefined],
  )
})
