/**
 * The frames that processes exchange: one closed, versioned union, one encoder, one decoder. docs/protocol.md has the
 * bytes. All integers are little-endian; the first byte is the kind, the last four are the checksum of all before them.
 * Nothing of a frame is decoded before its checksum was found right: neither TCP nor a WebSocket notices every change
 * of bytes on the way.
 */
import { crc32 } from 'node:zlib'
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'
import type { TaskId } from '../tuple/ids.ts'

/**
 * Grows with every change of the bytes, or of what is said in them (`control.ts`), that an older process would not
 * understand; both ends must have the same. It ends that hosts of both versions are in one cluster: see
 * `cluster/versions.ts`.
 */
export const PROTOCOL_VERSION = 3

/**
 * What a frame of tuples has before its body; 8 keeps the body aligned. The codec leaves room for this and the
 * checksum.
 */
const TUPLES_HEADER_BYTES = 8

/**
 * The end of every frame: CRC-32 (as in zlib and Ethernet) of what stands before it.
 * docs/decisions/019-proofs-and-checksums.md
 */
const CHECKSUM_BYTES = 4

/** Largest JSON text of a control frame, in bytes. */
export const MAX_CONTROL_BYTES = 8 * 1024 * 1024

/** Largest control frame, in bytes. */
export const MAX_CONTROL_FRAME_BYTES = 1 + MAX_CONTROL_BYTES + CHECKSUM_BYTES

/** Longest text of a bye frame, in UTF-8 bytes; more is cut off. */
const MAX_BYE_TEXT_BYTES = 16 * 1024

/** A batch of tuples (see codec); the sequence counts the frames of tuples that were sent on this link, from 1 up. */
export interface TuplesFrame {
  kind: 'tuples'
  sequence: number
  body: Uint8Array
}

/** These tasks of the sender are now congested, or no longer congested. */
export interface CongestionFrame {
  kind: 'congestion'
  congested: boolean
  tasks: TaskId[]
}

/**
 * Sent now and then on an idle link: the sequence of the last frame of tuples (0: none), so that its loss is noticed.
 */
export interface PulseFrame {
  kind: 'pulse'
  sequence: number
}

/**
 * The sender has captured its part of a snapshot: what it has sent before belongs to that, and what follows does not.
 */
export interface MarkFrame {
  kind: 'mark'
  snapshot: number
}

/** Between nimbus and worker: any JSON value. */
export interface ControlFrame {
  kind: 'control'
  message: unknown
}

/** The last frame of a link: why it ends. `DONE` is the orderly end. */
export interface ByeFrame {
  kind: 'bye'
  code: ErrorCode | 'DONE'
  text: string
}

export type Frame = TuplesFrame | CongestionFrame | PulseFrame | MarkFrame | ControlFrame | ByeFrame

/** First byte of each kind of frame. */
export const KIND_TUPLES = 1
const KIND_CONGESTION = 2
const KIND_PULSE = 3
export const KIND_CONTROL = 4
export const KIND_BYE = 5
const KIND_MARK = 6

/**
 * The bytes of a frame, fresh.
 * @throws FRAME_TOO_LARGE for a control message over its limit, CANNOT_ENCODE for one that is not JSON, INTERNAL for a
 * number out of range.
 */
export function encodeFrame(frame: Frame): Uint8Array {
  switch (frame.kind) {
    case 'tuples': {
      const bytes = allocate(TUPLES_HEADER_BYTES + frame.body.length)
      writeHead(bytes, KIND_TUPLES, frame.sequence)
      bytes.set(frame.body, TUPLES_HEADER_BYTES)
      return sealed(bytes)
    }
    case 'congestion':
      return encodeCongestion(frame)
    case 'pulse': {
      const bytes = allocate(8)
      writeHead(bytes, KIND_PULSE, frame.sequence)
      return sealed(bytes)
    }
    case 'mark': {
      const bytes = allocate(8)
      writeHead(bytes, KIND_MARK, frame.snapshot)
      return sealed(bytes)
    }
    case 'control':
      return encodeControl(frame)
    case 'bye':
      return encodeBye(frame)
  }
}

/**
 * A frame out of its bytes; the body of a frame of tuples is a view of them.
 * @throws BAD_FRAME that says what is wrong.
 */
export function decodeFrame(frame: Uint8Array): Frame {
  const bytes = contentOf(frame)
  const kind = bytes[0]!
  switch (kind) {
    case KIND_TUPLES:
      return { kind: 'tuples', sequence: readSequence(bytes, 'tuples'), body: bytes.subarray(TUPLES_HEADER_BYTES) }
    case KIND_CONGESTION:
      return decodeCongestion(bytes)
    case KIND_PULSE:
      if (bytes.length !== 8) throw badFrame(`a pulse frame has 8 bytes, not ${bytes.length}`)
      return { kind: 'pulse', sequence: readSequence(bytes, 'pulse') }
    case KIND_MARK:
      if (bytes.length !== 8) throw badFrame(`a mark has 8 bytes, not ${bytes.length}`)
      return { kind: 'mark', snapshot: readSequence(bytes, 'mark') }
    case KIND_CONTROL:
      return decodeControl(bytes)
    case KIND_BYE:
      return decodeBye(bytes)
    default:
      throw badFrame(`${kind} is not a known kind of frame`)
  }
}

/** Room for this many bytes and their checksum. */
function allocate(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length + CHECKSUM_BYTES)
}

/** Writes the checksum. */
function sealed(bytes: Buffer): Buffer {
  const end = bytes.length - CHECKSUM_BYTES
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end)
  return bytes
}

/** A frame without its checksum, which is right. @throws BAD_FRAME where it is not, or there is nothing before it */
function contentOf(frame: Uint8Array): Buffer {
  const end = frame.byteLength - CHECKSUM_BYTES
  if (end <= 0) throw badFrame(`a frame has more than ${CHECKSUM_BYTES} bytes, not ${frame.byteLength}`)
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, end)
  const checksum = Buffer.from(frame.buffer, frame.byteOffset + end, CHECKSUM_BYTES).readUInt32LE()
  if (crc32(bytes) === checksum) return bytes
  throw badFrame('the checksum of a frame is wrong: its bytes were changed on the way')
}

/** Kind, a zero, and the sequence in 48 bits, which no link ever uses up. */
function writeHead(bytes: Buffer, kind: number, sequence: number): void {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= 2 ** 48) {
    throw new TyphoonError('INTERNAL', `${sequence} is not a sequence number`)
  }
  bytes[0] = kind
  bytes[1] = 0
  bytes.writeUIntLE(sequence, 2, 6)
}

function readSequence(bytes: Buffer, name: string): number {
  if (bytes.length < 8) throw badFrame(`a ${name} frame has at least 8 bytes, not ${bytes.length}`)
  if (bytes[1] !== 0) throw badFrame(`the byte at offset 1 of a ${name} frame is ${bytes[1]}, not 0`)
  return bytes.readUIntLE(2, 6)
}

function encodeCongestion(frame: CongestionFrame): Uint8Array {
  const bytes = allocate(8 + frame.tasks.length * 4)
  bytes[0] = KIND_CONGESTION
  bytes[1] = frame.congested ? 1 : 0
  bytes.writeUInt16LE(0, 2)
  bytes.writeUInt32LE(frame.tasks.length, 4)
  for (const [index, task] of frame.tasks.entries()) bytes.writeInt32LE(task, 8 + index * 4)
  return sealed(bytes)
}

function decodeCongestion(bytes: Buffer): CongestionFrame {
  if (bytes.length < 8) throw badFrame(`a congestion frame has at least 8 bytes, not ${bytes.length}`)
  const flag = bytes[1]!
  if (flag > 1) throw badFrame(`the flag of a congestion frame is ${flag}, not 0 or 1`)
  if (bytes.readUInt16LE(2) !== 0) throw badFrame('the bytes at offset 2 of a congestion frame are not 0')
  const count = bytes.readUInt32LE(4)
  if (bytes.length !== 8 + count * 4) throw badFrame(`a congestion frame of ${count} tasks has ${bytes.length} bytes`)
  const tasks: TaskId[] = []
  for (let offset = 8; offset < bytes.length; offset += 4) tasks.push(bytes.readInt32LE(offset))
  return { kind: 'congestion', congested: flag === 1, tasks }
}

function encodeControl(frame: ControlFrame): Uint8Array {
  let text: string | undefined
  try {
    text = JSON.stringify(frame.message)
  } catch (error) {
    throw new TyphoonError('CANNOT_ENCODE', `a control message cannot be written as JSON: ${messageOf(error)}`, {
      cause: error,
    })
  }
  if (text === undefined)
    throw new TyphoonError(
      'CANNOT_ENCODE',
      `a control message of type ${typeof frame.message} cannot be written as JSON`,
    )
  const length = Buffer.byteLength(text)
  if (length > MAX_CONTROL_BYTES) {
    throw new TyphoonError(
      'FRAME_TOO_LARGE',
      `a control message has ${length} bytes; the limit is ${MAX_CONTROL_BYTES}`,
    )
  }
  const bytes = allocate(1 + length)
  bytes[0] = KIND_CONTROL
  bytes.write(text, 1, length)
  return sealed(bytes)
}

function decodeControl(bytes: Buffer): ControlFrame {
  const length = bytes.length - 1
  if (length > MAX_CONTROL_BYTES)
    throw badFrame(`a control message has ${length} bytes; the limit is ${MAX_CONTROL_BYTES}`)
  const text = strictUtf8(bytes.subarray(1), 'a control message')
  try {
    return { kind: 'control', message: JSON.parse(text) as unknown }
  } catch (error) {
    throw badFrame(`a control message is not JSON: ${messageOf(error)}`)
  }
}

function encodeBye(frame: ByeFrame): Uint8Array {
  const code = Buffer.from(frame.code, 'latin1')
  const text = cut(Buffer.from(frame.text), MAX_BYE_TEXT_BYTES)
  return sealed(Buffer.concat([Buffer.from([KIND_BYE, code.length]), code, text, Buffer.alloc(CHECKSUM_BYTES)]))
}

function decodeBye(bytes: Buffer): ByeFrame {
  const codeLength = bytes[1]
  if (codeLength === undefined || bytes.length < 2 + codeLength) throw badFrame('a bye frame ends within its code')
  const code = bytes.toString('latin1', 2, 2 + codeLength)
  if (!isByeCode(code)) throw badFrame(`a bye frame has the unknown code ${JSON.stringify(code.slice(0, 40))}`)
  const text = bytes.subarray(2 + codeLength)
  if (text.length > MAX_BYE_TEXT_BYTES) throw badFrame(`the text of a bye frame has ${text.length} bytes`)
  return { kind: 'bye', code, text: strictUtf8(text, 'the text of a bye frame') }
}

function isByeCode(code: string): code is ErrorCode | 'DONE' {
  return code === 'DONE' || Object.hasOwn(CATALOGUE, code)
}

/** The first bytes, never ending within a character. */
function cut(utf8: Buffer, limit: number): Buffer {
  if (utf8.length <= limit) return utf8
  let end = limit
  while ((utf8[end]! & 0xc0) === 0x80) end--
  return utf8.subarray(0, end)
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function strictUtf8(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw badFrame(`${what} is not UTF-8`)
  }
}

function badFrame(message: string): TyphoonError {
  return new TyphoonError('BAD_FRAME', message)
}
