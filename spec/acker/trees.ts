/**
 * Random forests of tuples, as what the acker is told of them: fan-out, several anchors, several roots, no target at
 * all.
 */
import { DONE, FAILED, type Ledger, OPEN, type Verdict } from '../../lib/acker/ledger.ts'
import { rootHighOf } from '../../lib/tuple/ids.ts'
import type { Prng } from '../../lib/util/prng.ts'

/** Number of a root in its forest. */
type Root = number

interface Edge {
  high: number
  low: number
}

export interface Message {
  readonly kind: 'init' | 'ack' | 'fail'
  readonly root: Root
  /** The tuple that is acked or failed; undefined for an init. */
  readonly tuple: number | undefined
  readonly high: number
  readonly low: number
}

export interface Forest {
  readonly roots: readonly Root[]
  /** In the order of the data; any other order is as good. */
  readonly messages: readonly Message[]
}

/** What a tuple carries by root, and what it must be XORed with when it is acked. */
interface Held {
  readonly trees: Map<Root, Edge>
}

export const HIGH = rootHighOf(7, 3)

/** Root number → its two halves, as they lie in the acker. */
export function rootId(root: Root): [number, number] {
  return [HIGH, root + 1]
}

/**
 * `tuples` tuples under `roots` roots. The rules are those of the emitter: an edge for each target and anchor, in each
 * of the anchor's trees.
 */
export function randomForest(random: Prng, roots: number, tuples: number): Forest {
  const inits = Array.from({ length: roots }, (): Edge => ({ high: 0, low: 0 }))
  const held: Held[] = []
  for (let tuple = 0; tuple < tuples; tuple++) {
    const trees = new Map<Root, Edge>()
    if (held.length === 0 || random.below(3) === 0) {
      const root = random.below(roots)
      const edge = draw(random)
      xor(inits[root]!, edge)
      trees.set(root, edge)
    } else {
      for (let anchors = 1 + random.below(3); anchors > 0; anchors--) {
        const anchor = held[random.below(held.length)]!
        const edge = draw(random)
        for (const [root, own] of anchor.trees) {
          xor(own, edge)
          xor(edgeOf(trees, root), edge)
        }
      }
    }
    held.push({ trees: trees })
  }
  const messages: Message[] = inits.map((edge, root) => ({ kind: 'init', root, tuple: undefined, ...edge }))
  for (const [tuple, { trees }] of held.entries()) {
    for (const [root, edge] of trees) messages.push({ kind: 'ack', root, tuple, ...edge })
  }
  return { roots: inits.map((_, root) => root), messages }
}

export function tell(ledger: Ledger, { kind, root, high, low }: Message): Verdict {
  const [rootHigh, rootLow] = rootId(root)
  if (kind === 'init') return ledger.init(rootHigh, rootLow, high, low, 0)
  if (kind === 'ack') return ledger.ack(rootHigh, rootLow, high, low, 0)
  return ledger.fail(rootHigh, rootLow)
}

export interface Verdicts {
  done: number
  failed: number
  /** Index of the message that brought the verdict. */
  at: number
}

/** Tells a ledger everything; what it said of each root. */
export function tellAll(ledger: Ledger, { roots }: Forest, messages: readonly Message[]): Map<Root, Verdicts> {
  const verdicts = new Map<Root, Verdicts>(roots.map((root) => [root, { done: 0, failed: 0, at: -1 }]))
  for (const [index, message] of messages.entries()) {
    const verdict = tell(ledger, message)
    if (verdict === OPEN) continue
    const entry = verdicts.get(message.root)!
    if (verdict === DONE) entry.done++
    if (verdict === FAILED) entry.failed++
    entry.at = index
  }
  return verdicts
}

function draw(random: Prng): Edge {
  return { high: random.int32(), low: random.int32() }
}

function xor(into: Edge, edge: Edge): void {
  into.high ^= edge.high
  into.low ^= edge.low
}

function edgeOf(trees: Map<Root, Edge>, root: Root): Edge {
  let edge = trees.get(root)
  if (edge === undefined) {
    edge = { high: 0, low: 0 }
    trees.set(root, edge)
  }
  return edge
}
