/** What the components hand over to definitions in YAML; each is loaded when a file names it. */
import type { Annex } from '../annex/annex.ts'

export const componentsAnnex: Annex = {
  classes: {
    FileSpout: async () => (await import('./spouts/file-spout.ts')).FileSpout,
    StdinSpout: async () => (await import('./spouts/stdin-spout.ts')).StdinSpout,
    RandomSentenceSpout: async () => (await import('./spouts/random-sentence-spout.ts')).RandomSentenceSpout,
    SequenceSpout: async () => (await import('./spouts/sequence-spout.ts')).SequenceSpout,
    ConstantSpout: async () => (await import('./spouts/constant-spout.ts')).ConstantSpout,
    SplitBolt: async () => (await import('./bolts/split-bolt.ts')).SplitBolt,
    CountBolt: async () => (await import('./bolts/count-bolt.ts')).CountBolt,
    TopBolt: async () => (await import('./bolts/top-bolt.ts')).TopBolt,
    LogBolt: async () => (await import('./bolts/log-bolt.ts')).LogBolt,
    FileSinkBolt: async () => (await import('./bolts/file-sink-bolt.ts')).FileSinkBolt,
    NullBolt: async () => (await import('./bolts/null-bolt.ts')).NullBolt,
    IdentityBolt: async () => (await import('./bolts/identity-bolt.ts')).IdentityBolt,
    'org.apache.storm.flux.wrappers.bolts.LogInfoBolt': async () => (await import('./bolts/log-bolt.ts')).LogBolt,
    'org.apache.storm.flux.examples.TestPrintBolt': async () => (await import('./bolts/log-bolt.ts')).LogBolt,
    'org.apache.storm.testing.TestWordSpout': async () => (await stormExamples()).TestWordSpout,
    'org.apache.storm.testing.TestWordCounter': async () => (await stormExamples()).TestWordCounter,
    'org.apache.storm.flux.examples.WordCounter': async () => (await stormExamples()).WordCounter,
    'org.apache.storm.flux.examples.StatefulWordCounter': async () => (await stormExamples()).StatefulWordCounter,
    'org.apache.storm.starter.spout.RandomSentenceSpout': async () => (await stormExamples()).RandomSentenceSpout,
  },
}

function stormExamples() {
  return import('./storm-examples.ts')
}
