/** Forgets createTopology. */
import { TopologyBuilder } from 'typhoon'

export default new TopologyBuilder('unfinished')
