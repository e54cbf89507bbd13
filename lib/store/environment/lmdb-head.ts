/**
 * The two heads of an LMDB file, each of which describes a snapshot of it (`mdb.c`: MDB_meta, MDB_db): read, and
 * checked as far as a head can be without what it describes.
 */
import { fstatSync, readSync } from 'node:fs'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { corrupt } from '../format/record.ts'

const MAGIC = 0xbeefc0de
const DATA_VERSION = 2
/** The kind of page. */
const HEAD = 8
const NO_PAGE = 0xffff_ffff_ffff_ffffn

/** One of the two trees of a file: that of the free pages, and that of the records. */
export interface Tree {
  readonly flags: number
  readonly depth: number
  readonly pages: readonly [branch: number, leaf: number, overflow: number]
  readonly entries: number
  /** Undefined for an empty one. */
  readonly root: number | undefined
}

/** What a head says: a snapshot of the file. */
export interface Meta {
  readonly txid: number
  readonly mapSize: number
  readonly pageSize: number
  readonly lastPage: number
  readonly free: Tree
  readonly main: Tree
}

/** The newer one of the two; undefined for an empty file. @throws STATE_CORRUPT, STATE_FORMAT */
export function readMeta(file: string, descriptor: number): Meta | undefined {
  if (fstatSync(descriptor).size === 0) return undefined
  const first = Buffer.alloc(256)
  const readAt = (position: number) => readSync(descriptor, first, 0, 256, position) === 256
  if (!readAt(0)) throw corrupt(file, 'it is cut short')
  const even = metaIn(file, first, 0)
  if (!readAt(even.pageSize)) throw corrupt(file, 'it is cut short')
  const odd = metaIn(file, first, 1)
  // Transactions write them by turns; otherwise the older one would be taken for the newer.
  const isInTurn = even.txid % 2 === 0 && (odd.txid % 2 === 1 || odd.txid === 0) && Math.abs(even.txid - odd.txid) <= 1
  if (!isInTurn || odd.pageSize !== even.pageSize) throw corrupt(file, 'its two heads do not belong together')
  return even.txid > odd.txid ? even : odd
}

function metaIn(file: string, bytes: Buffer, page: number): Meta {
  if (bytes.readUInt32LE(24) !== MAGIC || bytes.readUInt16LE(18) !== HEAD)
    throw corrupt(file, 'it does not begin as a store does')
  const version = bytes.readUInt32LE(28)
  const pageSize = bytes.readUInt32LE(48)
  if (version !== DATA_VERSION) {
    throw new TyphoonError('STATE_FORMAT', `${file} has LMDB's format ${version}; this version reads ${DATA_VERSION}`, {
      where: { file },
      hint: 'run the version of Typhoon that wrote it, or delete the directory of the topology to begin anew',
    })
  }
  const isHead = numberAt(bytes, 0) === page && numberAt(bytes, 8) === 0 && bytes.readUInt16LE(16) === 0
  const isMapped = bytes.readUInt32LE(20) === 0 && numberAt(bytes, 32) === 0
  if (!isHead || !isMapped || pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    throw corrupt(file, 'its head was changed')
  return {
    txid: numberAt(bytes, 152),
    mapSize: numberAt(bytes, 40),
    pageSize,
    lastPage: numberAt(bytes, 144),
    free: treeAt(bytes, 48),
    main: treeAt(bytes, 96),
  }
}

function treeAt(bytes: Buffer, at: number): Tree {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    pages: [numberAt(bytes, at + 8), numberAt(bytes, at + 16), numberAt(bytes, at + 24)],
    entries: numberAt(bytes, at + 32),
    root: bytes.readBigUInt64LE(at + 40) === NO_PAGE ? undefined : numberAt(bytes, at + 40),
  }
}

/** An unsigned number of 64 bits, little endian. */
export function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
}
