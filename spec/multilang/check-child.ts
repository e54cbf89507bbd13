/** What the flawed children of `check.spec.ts` have in common: frames in, frames out. */

/** A message that came, as data. */
export type Message = Readonly<Record<string, unknown>>

/** Calls for each message, and at the end of stdin. */
export function child(
  onMessage: (message: Message, send: (message: Message) => void, write: (text: string) => void) => void,
  onEnd: () => void,
): void {
  const write = (text: string): void => void process.stdout.write(text)
  const send = (message: Message): void => write(`${JSON.stringify(message)}\nend\n`)
  let text = ''
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (piece) => {
    const frames = (text + String(piece)).split('\nend\n')
    text = frames.pop()!
    for (const frame of frames) onMessage(JSON.parse(frame) as Message, send, write)
  })
  process.stdin.on('end', onEnd)
}
