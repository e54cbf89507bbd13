/** What Trident hands over to definitions in YAML; it is loaded when a file has its section, or names its spouts. */
import type { Annex } from '../annex/annex.ts'

export const tridentAnnex: Annex = {
  classes: {
    PartitionedFileSpout: async () => (await import('./spout/partitioned-file-spout.ts')).PartitionedFileSpout,
    DirectorySpout: async () => (await import('./spout/directory-spout.ts')).DirectorySpout,
    FixedBatchSpout: async () => (await import('./yaml/stores.ts')).fixedBatchSpout,
  },
  sections: {
    trident: async () => (await import('./yaml/section.ts')).tridentSection,
  },
}
