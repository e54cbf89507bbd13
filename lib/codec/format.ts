/**
 * The bytes of a batch of tuples, once: what `value-writer.ts` and `value-reader.ts` agree on. docs/protocol.md says
 * the same in prose, precisely enough for another implementation.
 *
 * A body is a head, then rows of int32 (who, whence, anchors), then tagged values, then one text section:
 *
 *     head    uint32 × 4: tuples, int32s in the rows, bytes of values, bytes of text
 *     rows    per tuple: target task, source task, stream | anchors << 16, then five int32 per anchor
 *     values  per tuple: number of values (varint), then each value as a tag and what belongs to it
 *     text    all short strings of the values, one after the other, a byte per character
 *
 * Integers are little-endian. The rows are handled as an Int32Array in place, so this code runs on little-endian
 * machines alone, which is every platform that Node.js is released for but s390x and AIX.
 */
export const HEAD_BYTES = 16
export const ROW_INTS = 3
export const ANCHOR_INTS = 5

/**
 * What a frame has beside the body, a head of 8 and a checksum of 4: the body is so much smaller than the frame may be.
 */
export const FRAME_OVERHEAD_BYTES = 12
/** Largest body whatever the configured limit: keeps each section a valid length of a string or a typed array. */
export const MAX_BODY_BYTES = 2 ** 28
/** Streams of one component, and trees that one tuple is in: 16 bits each. */
export const MAX_UINT16 = 0xffff

/**
 * Strings of up to 12 characters stand in the text section, which is decoded at once and cut with `substring`: much
 * cheaper than a call of the decoder per word. Not longer ones: V8 copies a substring of up to 12 characters, but makes
 * one of 13 and more a slice that refers to the whole string, so that one kept word would keep the text of its frame.
 */
export const SHORT_CHARACTERS = 12

/** Tags below are the integers 0 to 127 themselves. */
export const TAG_SHORT_STRING = 0x80 // + number of characters, up to 0x8c
export const TAG_UNDEFINED = 0x90
export const TAG_NULL = 0x91
export const TAG_FALSE = 0x92
export const TAG_TRUE = 0x93
export const TAG_INT32 = 0x94
export const TAG_DOUBLE = 0x95
export const TAG_BIGINT = 0x96
export const TAG_NEGATIVE_BIGINT = 0x97
export const TAG_LATIN1 = 0x98
export const TAG_UTF8 = 0x99
export const TAG_UTF16 = 0x9a
export const TAG_BYTES = 0x9b
export const TAG_INT32_ARRAY = 0x9c
export const TAG_FLOAT64_ARRAY = 0x9d
export const TAG_DATE = 0x9e
export const TAG_ARRAY = 0x9f
export const TAG_OBJECT = 0xa0
export const TAG_MAP = 0xa1
export const TAG_SET = 0xa2
