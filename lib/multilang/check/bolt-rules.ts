/** The rules for bolts. Each is tried with a child of its own. */
import { json } from '../wire/json.ts'
import { EXIT, HANDSHAKE, LAWS } from './common-rules.ts'
import { NotTried, type Rule, type RuleTrial } from './rule-trial.ts'
import { Disappointed, type Session } from './session.ts'
import { endOfInput, heartbeat, tick, tupleOf } from './setup.ts'
import { COMMON_TEXT, HARD_TEXTS } from './texts.ts'

const LARGE = 1024 * 1024
const MANY = 1000
const SOME = 20

/** The rules for a bolt, in the order in which they are tried and shown. */
export const BOLT_RULES: readonly Rule[] = [
  HANDSHAKE,
  ...LAWS,
  { id: 'ids', sentence: 'It acks, fails and anchors onto tuples that it was sent and has not answered before.' },
  { id: 'tuples', sentence: 'Each tuple is acked or failed.', run: answersTuples },
  { id: 'heartbeat', sentence: 'A heartbeat is answered with sync.', run: answersHeartbeats },
  {
    id: 'heartbeat-busy',
    sentence: 'Heartbeats are answered while many tuples wait, too.',
    needs: ['tuples', 'heartbeat'],
    run: answersWhileBusy,
  },
  {
    id: 'task-ids',
    sentence: 'A list of task ids may come before or behind waiting tuples.',
    needs: ['tuples'],
    run: takesTaskIds,
  },
  { id: 'tick', sentence: 'It goes on after a tick.', needs: ['tuples'], run: survivesTicks },
  {
    id: 'large',
    sentence: 'A text of 1 MB is taken, and comes back whole where texts come back.',
    needs: ['tuples'],
    run: takesLargeText,
  },
  {
    id: 'text',
    sentence: 'Text of all kinds is taken, escaped or not, and comes back as it was.',
    needs: ['tuples'],
    run: takesAnyText,
  },
  { id: 'pipelined', sentence: `${MANY} tuples may wait for it.`, needs: ['tuples'], run: takesMany },
  {
    id: 'pieces',
    sentence: 'A message may come in pieces, cut at any byte.',
    needs: ['tuples', 'heartbeat'],
    run: takesPieces,
  },
  {
    id: 'end-of-input',
    sentence: 'If it wants to be told the end of the input, it acks it.',
    needs: ['tuples'],
    run: acksEndOfInput,
  },
  EXIT,
]

async function answersTuples(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  await trial.sendAndSettle(session, ...trial.samples)
  const { laws, messages } = session
  const failed = [...laws.tuples.values()].filter((fate) => fate === 'failed').length
  if (failed > 0) {
    const errors = messages.filter(({ command }) => command === 'error').map(({ msg }) => gistOf(msg))
    const all = failed === laws.tuples.size
    const how = all
      ? 'EVERY TUPLE FAILED, give it some that it takes (--tuple, --fields)'
      : `${failed} of ${laws.tuples.size} failed`
    trial.note([how, ...errors.slice(0, 1)].join(': '))
  }
  for (const line of session.printed.slice(0, 3)) trial.note(`printed to stdout: ${line}`)
}

function answersHeartbeats(trial: RuleTrial): Promise<void> {
  return trial.up().then((session) => trial.sendForSync(session, 'a sync comes', heartbeat))
}

async function answersWhileBusy(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  const { laws } = session
  for (let beat = 0; beat < 5; beat++) {
    session.sendTuples(...trial.manySamples(SOME))
    session.sendOwn(heartbeat)
  }
  await session.until('each of 5 heartbeats is answered', () => laws.syncs >= 5)
  await trial.settle(session)
}

/** The lists go out ahead of tuples at first, then behind tuples that are already waiting. */
async function takesTaskIds(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  const { laws } = session
  session.holdsTaskIds = true
  session.sendTuples(trial.samples[0]!)
  await trial.settle(session, () => session.asked > 0)
  if (session.asked === 0) {
    if (laws.emits === 0) throw new NotTried('it emits nothing')
    trial.note('it asks for no task ids')
  }
  session.releaseTaskIds(...trial.manySamples(SOME).map((values) => tupleOf(session.nextId(), values)))
  await trial.settle(session)
  await trial.sendAndSettle(session, ...trial.manySamples(SOME))
}

async function survivesTicks(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  session.sendOwn(tick)
  await trial.sendAndSettle(session, ...trial.samples)
  session.sendOwn(tick)
  await trial.sendAndSettle(session, ...trial.samples)
}

function takesLargeText(trial: RuleTrial): Promise<void> {
  return comesBack(trial, ['0123456789abcdef'.repeat(LARGE / 16)])
}

function takesAnyText(trial: RuleTrial): Promise<void> {
  return comesBack(trial, HARD_TEXTS)
}

/** Where a plain text comes back, these have to as well; else it is enough that they are answered. */
async function comesBack(trial: RuleTrial, texts: readonly string[]): Promise<void> {
  const session = await trial.up()
  const returns = await returned(trial, session, COMMON_TEXT)
  for (const text of texts) {
    for (const escaped of text.length < LARGE ? [false, true] : [false]) {
      if ((await returned(trial, session, text, escaped)) || !returns) continue
      const shown =
        text.length < LARGE ? `${JSON.stringify(text)}${escaped ? ', sent with escapes,' : ''}` : 'the long text'
      throw new Disappointed(`${shown} was changed, and ${JSON.stringify(COMMON_TEXT)} was not`)
    }
  }
  if (!returns) trial.note('texts do not come back from it: what it reads cannot be seen')
}

async function returned(trial: RuleTrial, session: Session, text: string, escaped = false): Promise<boolean> {
  const before = session.messages.length
  const tuple = tupleOf(session.nextId(), trial.sampleWith(text))
  if (escaped) session.sendEscaped(tuple)
  else session.send(tuple)
  await trial.settle(session)
  return session.messages
    .slice(before)
    .some((message) => message.command === 'emit' && Array.isArray(message['tuple']) && message['tuple'].includes(text))
}

async function takesMany(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  await trial.sendAndSettle(session, ...trial.manySamples(MANY))
}

/** The first piece goes behind a heartbeat: when that is answered, it has been read. */
async function takesPieces(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  const { laws } = session
  const hasText = trial.samples.some((sample) => sample.some((value) => typeof value === 'string'))
  // Characters of two, three and four bytes are cut in two as well.
  const values = hasText ? trial.sampleWith('é→🎉') : trial.samples[0]!
  for (let at = 1, length = 2; at < length; at++) {
    const tuple = tupleOf(session.nextId(), values)
    const frame = Buffer.from(json.encode(tuple))
    length = frame.length
    laws.sent(tuple.id)
    const before = laws.syncs
    session.sendOwn(heartbeat)
    session.sendText(frame.subarray(0, at))
    await session.until('a sync comes', () => laws.syncs > before)
    session.sendText(frame.subarray(at))
    await trial.settle(session)
  }
}

async function acksEndOfInput(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  if (session.pidMessage!['end_of_input'] !== true) throw new NotTried('it does not want to be told')
  await trial.sendAndSettle(session, ...trial.samples)
  const id = session.sendOwn(endOfInput)
  await session.until('the end of the input is acked', () =>
    session.messages.some((message) => message.command === 'ack' && String(message['id']) === id),
  )
}

/** The main line of an error with its trace: Python writes the error below, the others above; the trace is indented. */
function gistOf(error: unknown): string {
  return (
    String(error)
      .split('\n')
      .findLast((line) => /^\S/.test(line)) ?? ''
  )
}
