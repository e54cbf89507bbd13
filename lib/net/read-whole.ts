/**
 * What somebody sends, read to its end, as long as it is no longer than it may be.
 * @param tooLong makes what is thrown where it is
 * @throws that, and what it breaks off with (rejects)
 */
export async function readWhole(
  content: AsyncIterable<Uint8Array>,
  mostBytes: number,
  tooLong: () => Error,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of content) {
    bytes += chunk.length
    if (bytes > mostBytes) throw tooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
