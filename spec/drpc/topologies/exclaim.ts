/**
 * The function `exclaim` on two workers: `pid` is answered with that of a worker, `fail` with a failure, `exit` ends
 * the worker, everything else is answered with an exclamation.
 */
import { LinearDRPCTopologyBuilder } from '../../../lib/drpc/index.ts'
import { BasicBolt, type BasicOutputCollector, fields, type Tuple } from '../../../lib/index.ts'

interface Answer {
  request: string
  answer: string
}

class ExclaimBolt extends BasicBolt<any, Answer> {
  override readonly outputs = fields<Answer>('request', 'answer')

  execute(tuple: Tuple, collector: BasicOutputCollector<Answer>): void {
    const args = tuple.get('args')
    if (args === 'fail') throw new Error('told to fail')
    if (args === 'exit') process.exit(7)
    collector.emit([tuple.get('request'), args === 'pid' ? String(process.pid) : `${args}!`])
  }
}

const builder = new LinearDRPCTopologyBuilder('exclaim', { 'topology.workers': 2, 'drpc.http.port': 0 })
builder.addBolt(() => new ExclaimBolt(), 2)
export default builder.createRemoteTopology()
