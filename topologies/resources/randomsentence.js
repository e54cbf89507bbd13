/** Random sentences, by the names of Storm's own storm.js; see ../multilang-storm.yaml. What fails is emitted again. */
const { Spout } = require('storm')

const SENTENCES = [
  'the cow jumped over the moon',
  'an apple a day keeps the doctor away',
  'four score and seven years ago',
  'snow white and the seven dwarfs',
  'i am at two with nature',
]

class RandomSentenceSpout extends Spout {
  initialize(conf, _context, done) {
    this.left = conf['sentences.limit'] ?? Number.POSITIVE_INFINITY
    this.nextId = 1
    this.pending = new Map()
    this.failed = []
    done()
  }

  nextTuple(done) {
    const id = this.failed.shift() ?? this.fresh()
    if (id !== undefined) this.emit({ tuple: [this.pending.get(id)], id }, () => {})
    done()
  }

  fresh() {
    if (this.left-- <= 0) return undefined
    const id = this.nextId++
    this.pending.set(id, SENTENCES[Math.floor(Math.random() * SENTENCES.length)])
    return id
  }

  ack(id, done) {
    this.pending.delete(id)
    done()
  }

  fail(id, done) {
    this.failed.push(id)
    done()
  }
}

new RandomSentenceSpout().run()
