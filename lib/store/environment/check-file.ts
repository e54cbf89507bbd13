/**
 * Looks at the file of a store before LMDB maps it into memory: LMDB believes what it finds there, so a file that was
 * cut short ends the process by a signal, and so does a changed byte in the head of a page; or it gives a wrong answer,
 * or none for a key that is there.
 *
 * It walks the tree of the newest snapshot and checks every byte that LMDB goes by: each page is where it should be, of
 * its kind, and of a transaction that has been; its nodes fill it without a gap; keys are in their order and within the
 * bounds of their page; records have their checksum, and there are as many as the file says; every page is in use or
 * free, and just once; the newest transaction has left pages. About 50 ms for a store of 60,000 keys (6 MB). What is
 * written after that is LMDB's; each record is still believed only with its checksum.
 *
 * The layout is that of LMDB 1.0 as the one version of lmdb builds it that package.json names: data version 2, pages
 * with 24 bytes of header (`mdb.c`: MDB_page_header, MDB_node, MDB_ovpage), little endian.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { keyOfBytes } from '../format/keys.ts'
import { corrupt, isIntact, keyOfRecord } from '../format/record.ts'
import { type Meta, numberAt, readMeta, type Tree } from './lmdb-head.ts'

const HEADER = 24
const NODE_HEADER = 8
const BRANCH = 1
const LEAF = 2
const OVERFLOW = 4
/** A node whose data stands on pages of its own. */
const BIG_DATA = 1
const INTEGER_KEYS = 8
/** How many pages the last one may lie beyond the end of the file: free ones that were never written. */
const FAR = 65_536
const LARGEST_MAP = 2 ** 46
/** A file that is written meanwhile is looked at again so often. */
const ROUNDS = 10

/** What is wrong with the file; it becomes STATE_CORRUPT. */
class Damage extends Error {}

/**
 * Does nothing where there is no file, or an empty one.
 * @throws STATE_CORRUPT; STATE_FORMAT where another version of LMDB wrote it
 */
export function checkFile(file: string): void {
  const descriptor = openIfThere(file)
  if (descriptor === undefined) return
  try {
    for (let round = 1; ; round++) {
      const meta = readMeta(file, descriptor)
      try {
        if (meta !== undefined) new Walk(descriptor, meta).check()
        return
      } catch (error) {
        if (!(error instanceof Damage)) throw error
        // Another process may have written two transactions meanwhile, and reused pages of this one.
        if (round === ROUNDS || readMeta(file, descriptor)?.txid === meta?.txid) throw corrupt(file, error.message)
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

/** One look at all pages of a snapshot. */
class Walk {
  readonly #descriptor: number
  readonly #meta: Meta
  readonly #seen: Uint8Array
  /** The pages by level: while a page is looked at, those above it are too. */
  readonly #buffers: Buffer[] = []
  #pages: [number, number, number] = [0, 0, 0]
  #entries = 0
  /** Pages that the next transactions may write on. */
  readonly #free: Uint8Array
  /** The latest transaction that has left a page. */
  #latest = 0

  constructor(descriptor: number, meta: Meta) {
    this.#descriptor = descriptor
    this.#meta = meta
    const { size } = fstatSync(descriptor)
    // The last pages may be free ones that were never written; none that is in use lies beyond the end.
    this.#seen = new Uint8Array(Math.ceil(size / meta.pageSize))
    const { lastPage, mapSize, pageSize } = meta
    const isInBounds =
      lastPage < this.#seen.length + FAR &&
      mapSize < LARGEST_MAP &&
      mapSize % pageSize === 0 &&
      (lastPage + 1) * pageSize <= mapSize
    expect(isInBounds, 'its head was changed')
    this.#free = new Uint8Array(lastPage + 1)
  }

  check(): void {
    const { free, main, txid } = this.#meta
    this.#tree(free, INTEGER_KEYS)
    this.#tree(main, 0)
    // A head that claims another transaction than its own would bring back what was before it.
    expect(
      this.#latest === txid || main.root === undefined,
      `its head was changed: no page belongs to transaction ${txid}`,
    )
    for (let page = 2; page < this.#free.length; page++) {
      const uses = (this.#seen[page] ?? 0) + this.#free[page]!
      expect(uses === 1, `page ${page} is ${uses === 0 ? 'neither in use nor free' : 'in use, and listed as free'}`)
    }
  }

  #tree(tree: Tree, flags: number): void {
    this.#pages = [0, 0, 0]
    this.#entries = 0
    expect(tree.flags === flags && tree.depth < 32, 'its head was changed')
    if (tree.root !== undefined) this.#page(tree.root, tree.depth, flags, undefined, undefined)
    const isWhole = this.#pages.every((count, kind) => count === tree.pages[kind]) && this.#entries === tree.entries
    expect(isWhole, `it holds ${this.#entries} records, and its head says ${tree.entries}`)
  }

  /** All keys of it lie from `low` up to, and without, `high`. */
  #page(number: number, level: number, flags: number, low: Buffer | undefined, high: Buffer | undefined): void {
    const page = this.#read(number, level, 1)
    const isLeaf = level === 1
    expect(page.readUInt16LE(18) === (isLeaf ? LEAF : BRANCH), `page ${number} is of the wrong kind`)
    this.#pages[isLeaf ? 1 : 0]++
    const lower = page.readUInt16LE(20)
    const upper = page.readUInt16LE(22)
    expect(lower <= upper && HEADER + upper <= page.length && lower % 2 === 0, `page ${number} was changed`)
    const count = lower / 2
    let filled = 0
    let previous = low
    for (let i = 0; i < count; i++) {
      const node = HEADER + page.readUInt16LE(HEADER + 2 * i)
      expect(node >= HEADER + upper && node + NODE_HEADER <= page.length, `page ${number} was changed`)
      const keyEnd = node + NODE_HEADER + page.readUInt16LE(node + 6)
      expect(keyEnd <= page.length, `page ${number} was changed`)
      const key = page.subarray(node + NODE_HEADER, keyEnd)
      // The first key of a branch stands for all that is less.
      const isOpen = !isLeaf && i === 0
      if (flags === INTEGER_KEYS && !isOpen) expect(key.length === 8, `page ${number} was changed`)
      if (flags !== INTEGER_KEYS && !isOpen) {
        const isInOrder = previous === undefined || Buffer.compare(previous, key) < (i === 0 ? 1 : 0)
        expect(isInOrder && (high === undefined || Buffer.compare(key, high) < 0), `page ${number} is out of order`)
      }
      if (isOpen) expect(key.length === 0, `page ${number} was changed`)
      if (isLeaf) filled += this.#leafNode(page, number, node, key, flags)
      else filled += padded(NODE_HEADER + key.length)
      if (!isLeaf) this.#branchNode(page, number, i, count, level, flags, isOpen ? low : key, high)
      if (!isOpen) previous = key
    }
    expect(count > 0, `page ${number} is empty`)
    expect(filled === page.length - HEADER - upper, `page ${number} was changed`)
  }

  #branchNode(
    page: Buffer,
    number: number,
    index: number,
    count: number,
    level: number,
    flags: number,
    low: Buffer | undefined,
    high: Buffer | undefined,
  ): void {
    const node = HEADER + page.readUInt16LE(HEADER + 2 * index)
    const child = page.readUInt32LE(node) + page.readUInt16LE(node + 4) * 2 ** 32
    let next = high
    if (index + 1 < count) {
      const after = HEADER + page.readUInt16LE(HEADER + 2 * index + 2)
      expect(after + NODE_HEADER <= page.length, `page ${number} was changed`)
      const end = after + NODE_HEADER + page.readUInt16LE(after + 6)
      expect(end <= page.length, `page ${number} was changed`)
      next = page.subarray(after + NODE_HEADER, end)
    }
    this.#page(child, level - 1, flags, low, next)
  }

  /** @returns the bytes that the node takes in its page */
  #leafNode(page: Buffer, number: number, node: number, key: Buffer, flags: number): number {
    this.#entries++
    const size = page.readUInt32LE(node)
    const nodeFlags = page.readUInt16LE(node + 4)
    const start = key.byteOffset - page.byteOffset + key.length
    expect(nodeFlags === 0 || nodeFlags === BIG_DATA, `page ${number} was changed`)
    let data: Buffer
    if (nodeFlags === BIG_DATA) {
      expect(start + 24 <= page.length, `page ${number} was changed`)
      const [first, txid, count] = [start, start + 8, start + 16].map((at) => numberAt(page, at)) as [
        number,
        number,
        number,
      ]
      data = this.#overflow(first, txid, count, size)
    } else {
      expect(start + size <= page.length, `page ${number} was changed`)
      data = page.subarray(start, start + size)
    }
    const taken = padded(NODE_HEADER + key.length + (nodeFlags === BIG_DATA ? 24 : size))
    if (flags === INTEGER_KEYS) {
      expect(numberAt(key, 0) <= this.#meta.txid, 'its list of free pages was changed')
      this.#freePages(data)
      return taken
    }
    const found = keyOfBytes(key, 0, key.length)
    const text = typeof found === 'string' ? found : keyOfRecord(data)
    expect(text !== undefined && isIntact(text, data, data.length), `a record on page ${number} was changed`)
    return taken
  }

  /**
   * Numbers of 64 bits: how many follow; then pages, and for several in a row their count, negative, and the first one;
   * 0 is nothing.
   */
  #freePages(list: Buffer): void {
    expect(list.length % 8 === 0 && list.length > 0, 'its list of free pages was changed')
    const count = Number(list.readBigInt64LE(0))
    expect(count >= 0 && count < list.length / 8, 'its list of free pages was changed')
    let length = 1
    for (let at = 8; at <= count * 8; at += 8) {
      const number = Number(list.readBigInt64LE(at))
      if (number < 0) {
        length = -number
        continue
      }
      if (number === 0) continue
      expect(number >= 2 && number + length <= this.#free.length, 'its list of free pages was changed')
      for (let page = number; page < number + length; page++) this.#free[page]!++
      length = 1
    }
  }

  #overflow(number: number, txid: number, count: number, size: number): Buffer {
    const { pageSize } = this.#meta
    expect(count === Math.ceil((HEADER + size) / pageSize), `page ${number} was changed`)
    const pages = this.#read(number, undefined, count)
    expect(
      pages.readUInt16LE(18) === OVERFLOW && pages.readUInt32LE(20) === count && numberAt(pages, 8) === txid,
      `page ${number} was changed`,
    )
    this.#pages[2] += count
    return pages.subarray(HEADER, HEADER + size)
  }

  /** Pages in a row, the first one with its own number; no page is used twice. */
  #read(number: number, level: number | undefined, count: number): Buffer {
    const { pageSize, lastPage } = this.#meta
    const end = number + count
    expect(number >= 2 && end - 1 <= lastPage, `page ${number} is out of bounds`)
    expect(end <= this.#seen.length, `it is cut short: page ${end - 1} is missing`)
    for (let page = number; page < end; page++) {
      expect(this.#seen[page] === 0, `page ${page} is used twice`)
      this.#seen[page] = 1
    }
    const buffer = level === undefined ? Buffer.allocUnsafe(count * pageSize) : this.#bufferOf(level)
    const length = readSync(this.#descriptor, buffer, 0, buffer.length, number * pageSize)
    expect(length === buffer.length, `it is cut short: page ${number} is missing`)
    const txid = numberAt(buffer, 8)
    const isWhole = numberAt(buffer, 0) === number && buffer.readUInt16LE(16) === 0 && txid <= this.#meta.txid
    expect(isWhole, `page ${number} was changed`)
    this.#latest = Math.max(this.#latest, txid)
    return buffer
  }

  #bufferOf(level: number): Buffer {
    return (this.#buffers[level] ??= Buffer.allocUnsafe(this.#meta.pageSize))
  }
}

/** Nodes begin at even places. */
function padded(bytes: number): number {
  return bytes + (bytes & 1)
}

function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Damage(otherwise)
}
