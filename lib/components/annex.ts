/** What the components hand over to definitions in YAML; each is loaded when a file names it. */
import type { Annex } from '../annex/annex.ts'

export const componentsAnnex: Annex = {
  classes: {
    FileSpout: async () => (await import('./file-spout.ts')).FileSpout,
    RandomSentenceSpout: async () => (await import('./random-sentence-spout.ts')).RandomSentenceSpout,
    SequenceSpout: async () => (await import('./sequence-spout.ts')).SequenceSpout,
    ConstantSpout: async () => (await import('./constant-spout.ts')).ConstantSpout,
    SplitBolt: async () => (await import('./split-bolt.ts')).SplitBolt,
    CountBolt: async () => (await import('./count-bolt.ts')).CountBolt,
    TopBolt: async () => (await import('./top-bolt.ts')).TopBolt,
    LogBolt: async () => (await import('./log-bolt.ts')).LogBolt,
    FileSinkBolt: async () => (await import('./file-sink-bolt.ts')).FileSinkBolt,
    NullBolt: async () => (await import('./null-bolt.ts')).NullBolt,
    IdentityBolt: async () => (await import('./identity-bolt.ts')).IdentityBolt,
    'org.apache.storm.flux.wrappers.bolts.LogInfoBolt': async () => (await import('./log-bolt.ts')).LogBolt,
    'org.apache.storm.testing.TestWordSpout': async () => (await stormExamples()).TestWordSpout,
    'org.apache.storm.testing.TestWordCounter': async () => (await stormExamples()).TestWordCounter,
    'org.apache.storm.flux.examples.WordCounter': async () => (await stormExamples()).WordCounter,
    'org.apache.storm.starter.spout.RandomSentenceSpout': async () => (await stormExamples()).RandomSentenceSpout,
  },
}

function stormExamples() {
  return import('./storm-examples.ts')
}
