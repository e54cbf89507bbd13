/** The rules for spouts. Each is tried with a child of its own. */
import { json } from '../wire/json.ts'
import { EXIT, HANDSHAKE, LAWS } from './common-rules.ts'
import type { MessageId } from './laws.ts'
import { NotTried, type Rule, type RuleTrial } from './rule-trial.ts'
import { Disappointed, type Session } from './session.ts'

const SOME = 10
/** So often it is asked for a tuple with a message id. */
const MOST_ASKED = 50

/** The rules for a spout, in the order in which they are tried and shown. */
export const SPOUT_RULES: readonly Rule[] = [
  HANDSHAKE,
  ...LAWS,
  { id: 'ids', sentence: 'Message ids are texts or numbers, and keep their type.' },
  { id: 'next', sentence: 'next is answered with sync.', run: answersNext },
  { id: 'activation', sentence: 'activate and deactivate are answered with sync.', run: answersActivation },
  { id: 'verdicts', sentence: 'ack and fail are answered with sync.', needs: ['next'], run: answersVerdicts },
  { id: 'task-ids', sentence: 'It goes on after a list of task ids.', needs: ['next'], run: takesTaskIds },
  {
    id: 'pipelined',
    sentence: 'Where it says "pipelining", commands that come together are worked at and answered one by one.',
    needs: ['verdicts', 'activation'],
    run: answersMany,
  },
  { id: 'pieces', sentence: 'A message may come in pieces, cut at any byte.', needs: ['activation'], run: takesPieces },
  EXIT,
]

type Command = Parameters<Session['sendCommand']>

/** Sends commands together and waits for as many syncs. */
async function answered(session: Session, ...commands: readonly Command[]): Promise<void> {
  const { laws } = session
  const before = laws.syncs
  session.send(...commands.map(([command, id = '']) => ({ command, id })))
  const names = [...new Set(commands.map(([command]) => command))].join(', ')
  const what = commands.length === 1 ? `${names} is answered` : `${commands.length} commands are answered (${names})`
  await session.until(what, () => laws.syncs >= before + commands.length)
}

/** A spout that may be asked for tuples. Some do not answer `activate`: that is a rule of its own. */
async function active(trial: RuleTrial): Promise<Session> {
  const session = await trial.up()
  session.sendCommand('activate')
  await session
    .until('activate is answered', () => session.laws.syncs > 0)
    .catch((error: unknown) => {
      if (session.exit !== undefined) throw error
    })
  return session
}

async function answersNext(trial: RuleTrial): Promise<void> {
  const session = await active(trial)
  for (let count = 0; count < SOME; count++) await answered(session, ['next'])
  if (session.laws.emits === 0) trial.note(`it emits nothing when it is asked ${SOME} times`)
  if (session.laws.syncs > SOME + 1) trial.note('it sends a sync too many')
  for (const line of session.printed.slice(0, 3)) trial.note(`printed to stdout: ${line}`)
}

async function answersActivation(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  for (const command of ['activate', 'deactivate', 'activate', 'next'] as const) await answered(session, [command])
}

/** @throws NotTried where no tuple with a message id comes */
async function someIds(session: Session, count: number): Promise<MessageId[]> {
  const { messageIds } = session.laws
  for (let asked = 0; asked < MOST_ASKED && messageIds.length < count; asked++) await answered(session, ['next'])
  if (messageIds.length === 0) throw new NotTried('it emits no tuple with a message id')
  return [...messageIds]
}

async function answersVerdicts(trial: RuleTrial): Promise<void> {
  const session = await active(trial)
  const ids = await someIds(session, 2)
  if (ids.length > 1) await answered(session, ['ack', ids[1]])
  await answered(session, ['fail', ids[0]])
  await answered(session, ['next'])
  await answered(session, ['ack', ids[0]])
  await answered(session, ['next'])
}

async function takesTaskIds(trial: RuleTrial): Promise<void> {
  const session = await active(trial)
  for (let count = 0; count < SOME; count++) await answered(session, ['next'])
  if (session.laws.emits === 0) throw new NotTried('it emits nothing')
  if (session.asked === 0) trial.note('it asks for no task ids')
}

/** @throws NotTried where it does not say that it can: it gets one command at a time */
async function answersMany(trial: RuleTrial): Promise<void> {
  const session = await active(trial)
  if (session.pidMessage!['pipelining'] !== true) {
    if (await worksAtTwo(session).catch(() => true)) trial.note(AT_ONCE)
    throw new NotTried('it does not say "pipelining" beside its pid, so it is sent one command at a time')
  }
  const ids = await someIds(session, 3)
  const [first, ...others] = [...new Set(ids)]
  await answered(session, ['fail', first], ['next'], ...others.map((id): Command => ['ack', id]), ['next'])
  await answered(session, ['next'], ['deactivate'], ['activate'], ['next'])
  if (await worksAtTwo(session)) throw new Disappointed(AT_ONCE)
}

const AT_ONCE = 'it works at two commands at once where they come together: it would emit doubled or in another order'

/**
 * Whether an emit of `next` comes behind the answer to the command that came with it.
 * @throws Disappointed where there are not two answers
 */
async function worksAtTwo(session: Session): Promise<boolean> {
  for (let count = 0; count < SOME; count++) {
    const before = session.messages.length
    await answered(session, ['next'], ['activate'])
    const said = session.messages.slice(before).map(({ command }) => command)
    if (said.lastIndexOf('emit') > said.indexOf('sync')) return true
  }
  return false
}

/** The first piece goes behind another command: when that is answered, it has been read. */
async function takesPieces(trial: RuleTrial): Promise<void> {
  const session = await active(trial)
  const { laws } = session
  const frame = Buffer.from(json.encode({ command: 'next', id: '' }))
  for (let at = 1; at < frame.length; at++) {
    const before = laws.syncs
    session.sendText(Buffer.concat([Buffer.from(json.encode({ command: 'activate', id: '' })), frame.subarray(0, at)]))
    await session.until('activate is answered', () => laws.syncs > before)
    session.sendText(frame.subarray(at))
    await session.until('next is answered', () => laws.syncs > before + 1)
  }
}
