/** What a case of the contract is, and the few steps of which all of them are made. */
import type { ExecutionContext } from 'ava'
import type { Session } from '../../../lib/multilang/check/session.ts'
import type { FromChild } from '../../../lib/multilang/wire/messages.ts'

/** One component and what it must do. */
export interface Case {
  readonly component: string
  readonly kind: 'bolt' | 'spout'
  /** What it does, as a sentence without a subject. */
  readonly title: string
  /** Its configuration. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Fields of the streams that it is told to have; by default of all that are used. */
  readonly outputs?: Readonly<Record<string, readonly string[]>>
  /** The parent is Storm: it does not say that it is Typhoon. */
  readonly isStorm?: true
  /** What emits that ask for task ids get, counted from 1. */
  readonly taskIds?: (asked: number) => readonly number[]
  /** Plays it with a child that has been sent the first message, and nothing else. */
  play(t: ExecutionContext, session: Session, language: { readonly trace?: number }): Promise<void>
}

/** What a child has said with one command, in its order. */
export function said(session: Session, command: string): FromChild[] {
  return session.messages.filter((message) => message.command === command)
}

/** The values of what it has emitted. */
export function emitted(session: Session): unknown[] {
  return said(session, 'emit').map((message) => message['tuple'])
}

/** What it has acked and failed, in its order: `ack 1`. To ack the runtime's own tuples is free, and left out. */
export function settled(session: Session): string[] {
  return session.messages
    .filter(({ command, id }) => (command === 'ack' || command === 'fail') && !String(id).startsWith('-'))
    .map((message) => `${message.command} ${message['id']}`)
}

/** The ids that an emit is anchored onto, in order of their numbers. */
export function anchorsOf(message: FromChild | undefined): string[] {
  const { anchors } = message as { anchors?: unknown }
  return anchors === undefined || anchors === null
    ? []
    : [anchors]
        .flat()
        .map(String)
        .sort((a, b) => Number(a) - Number(b))
}

/** Sends tuples to a bolt and waits until each is acked or failed. @returns their ids */
export async function sendAll(session: Session, ...tuples: readonly (readonly unknown[])[]): Promise<string[]> {
  const ids = session.sendTuples(...tuples)
  await session.until('all are acked or failed', () => session.laws.open === 0)
  return ids
}

/** Sends a spout a command and waits for its sync. @returns what it said before the sync */
export async function ask(
  session: Session,
  command: 'next' | 'ack' | 'fail' | 'activate' | 'deactivate',
  id?: unknown,
): Promise<FromChild[]> {
  const before = session.messages.length
  const { syncs } = session.laws
  session.sendCommand(command, id)
  await session.until(`${command} is answered`, () => session.laws.syncs > syncs)
  return session.messages.slice(before).filter((message) => message.command !== 'sync')
}

/** Closes its stdin: it has to exit, with code 0 and without a word. */
export async function endsQuietly(t: ExecutionContext, session: Session): Promise<void> {
  session.closeInput()
  t.is(await session.gone(), 'exited with code 0')
  t.deepEqual(session.errorLines, [])
}
