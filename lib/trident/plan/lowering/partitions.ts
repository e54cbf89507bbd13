/** Changes of partitions: no step, but how rows get to the next one. */
import type { Repartitioning } from '../../program/operator.ts'
import type { Lowerings } from './steps.ts'

export const PARTITIONS: Lowerings<Repartitioning['op']> = {
  shuffle: (_, steps) => steps.repartition({ type: 'shuffle' }),
  localOrShuffle: (_, steps) => steps.repartition({ type: 'local-or-shuffle' }),
  broadcast: (_, steps) => steps.repartition({ type: 'broadcast' }),
  global: (_, steps) => steps.repartition({ type: 'global' }),
  batchGlobal: (_, steps) => steps.repartition({ type: 'batch-global' }),
  identityPartition: (_, steps) => steps.repartition({ type: 'identity' }),
  partitionBy: ({ input }, steps) => steps.repartition({ type: 'partition-by', fields: input }),
  partition: ({ function: grouping }, steps) => steps.repartition({ type: 'custom', grouping }),
}
