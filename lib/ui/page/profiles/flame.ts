/** What a CPU profile says, as functions that call each other: where the time was spent, and by whom. */

/** As V8 gives it: the nodes of a tree, callers before those that they call, and which of them each sample was in. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  /** Microseconds from the sample before to each. */
  readonly timeDeltas: readonly number[]
}

/** Whose code it is: of the topology's files, of a package, Typhoon's, Node's, or the engine's. */
export type Owner = 'topology' | 'package' | 'typhoon' | 'node' | 'engine'

/** A function, called the way that leads to it. */
export interface Frame {
  readonly id: number
  readonly name: string
  /** `bolts.mjs:23`; empty where it stands in no file. */
  readonly place: string
  readonly owner: Owner
  /** Microseconds in it alone, and with all that it calls. */
  self: number
  total: number
  readonly parent: Frame | undefined
  /** The longest first. */
  readonly children: Frame[]
}

/** A profile as it is drawn. */
export interface Flame {
  /** All that was done. */
  readonly root: Frame
  /** Microseconds in which nothing was. */
  readonly idle: number
}

/** A frame as it stands in the picture: parts of the width, and the row from the top. */
export interface Box {
  readonly frame: Frame
  readonly row: number
  readonly left: number
  readonly width: number
}

const ALL = { functionName: '(all)', url: '', lineNumber: -1 }
const RUN_LOOP = '/executor/run-loop.js'

export function flameOf({ nodes, samples, timeDeltas }: CpuProfile): Flame {
  const loop = nodes.find(({ callFrame: { url } }) => url.endsWith(RUN_LOOP))?.callFrame.url
  const own = loop?.slice(0, -RUN_LOOP.length + 1)
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const frames = new Map<number, Frame>()
  let root = frameOf(0, ALL, own, undefined)
  for (const { id, callFrame } of nodes) {
    const parent = frames.get(callers.get(id) ?? 0)
    const frame = frameOf(id, parent === undefined ? ALL : callFrame, own, parent)
    if (parent === undefined) root = frame
    frames.set(id, frame)
  }
  samples.forEach((id, index) => {
    const frame = frames.get(id)
    if (frame !== undefined) frame.self += Math.max(0, timeDeltas[index] ?? 0)
  })
  const all = [...frames.values()]
  const idle = all.filter(({ name, parent }) => name === '(idle)' && parent === root)
  // Those that are called come behind their callers.
  for (const frame of all.toReversed()) {
    frame.total += frame.self
    if (frame.parent === undefined || idle.includes(frame)) continue
    frame.parent.total += frame.total
    frame.parent.children.push(frame)
  }
  for (const { children } of all) children.sort((a, b) => b.total - a.total)
  return { root, idle: idle.reduce((sum, { self }) => sum + self, 0) }
}

/**
 * What is drawn, the callers on top: those that lead to the frame in focus over the whole width, and all below it that
 * is wide enough to be seen.
 * @param most so many boxes at most
 * @param least the part of the width that is seen
 */
export function boxesOf(focus: Frame, most = 1500, least = 0.002): Box[] {
  const above: Frame[] = []
  for (let frame = focus.parent; frame !== undefined; frame = frame.parent) above.unshift(frame)
  const boxes: Box[] = above.map((frame, row) => ({ frame, row, left: 0, width: 1 }))
  boxes.push({ frame: focus, row: above.length, left: 0, width: 1 })
  for (let at = above.length; at < boxes.length; at++) {
    const { frame, row, left, width } = boxes[at]!
    let from = left
    for (const child of frame.children) {
      const wide = frame.total === 0 ? 0 : (width * child.total) / frame.total
      if (wide >= least && boxes.length < most) boxes.push({ frame: child, row: row + 1, left: from, width: wide })
      from += wide
    }
  }
  return boxes
}

/** The functions that take the most time themselves, wherever they are called from. */
export function hottest(root: Frame, most: number): Pick<Frame, 'name' | 'place' | 'owner' | 'self'>[] {
  const sums = new Map<string, Pick<Frame, 'name' | 'place' | 'owner' | 'self'>>()
  const left = [root]
  for (let frame = left.pop(); frame !== undefined; frame = left.pop()) {
    left.push(...frame.children)
    const { name, place, owner, self } = frame
    const key = JSON.stringify([name, place])
    sums.set(key, { name, place, owner, self: self + (sums.get(key)?.self ?? 0) })
  }
  return [...sums.values()]
    .filter(({ self }) => self > 0)
    .sort((a, b) => b.self - a.self)
    .slice(0, most)
}

function frameOf(
  id: number,
  { functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame'],
  own: string | undefined,
  parent: Frame | undefined,
): Frame {
  const file = url.split('/').at(-1) ?? ''
  const place = url === '' ? '' : url.startsWith('node:') ? url : `${file}:${lineNumber + 1}`
  const name = functionName === '' ? '(anonymous)' : functionName
  return { id, name, place, owner: ownerOf(url, own), self: 0, total: 0, parent, children: [] }
}

/** @param own where Typhoon's files are */
function ownerOf(url: string, own: string | undefined): Owner {
  if (url === '') return 'engine'
  if (url.startsWith('node:')) return 'node'
  if (own !== undefined && url.startsWith(own)) return 'typhoon'
  return url.includes('/node_modules/') ? 'package' : 'topology'
}
