import { TopologyBuilder, Spout, BasicBolt, fields } from 'typhoon'
const S = ['the cow jumped over the moon','an apple a day keeps the doctor away','four score and seven years ago','snow white and the seven dwarfs','i am at two with nature']
class Sp extends Spout { outputs = fields('sentence'); n = 0; open(c, col) { this.c = col } nextTuple() { const id = ++this.n; this.c.emit([S[id % 5]], id) } }
class Split extends BasicBolt { outputs = fields('word'); execute(t, c) { for (const w of t.values[0].split(' ')) c.emit([w]) } }
class Count extends BasicBolt { m = new Map(); execute(t) { const w = t.values[0]; this.m.set(w, (this.m.get(w) ?? 0) + 1) } }
const n = Number(process.env.W ?? 1)
const b = new TopologyBuilder('wcb', { 'topology.workers': n, ...(process.env.ACK ? { 'topology.acker.executors': 0 } : {}) })
const s = b.setSpout('s', () => new Sp(), n)
const p = b.setBolt('split', () => new Split(), n).localOrShuffleGrouping(s)
b.setBolt('count', () => new Count(), n).fieldsGrouping(p, ['word'])
export default b.createTopology()
