/** The rules that hold for spouts and bolts alike. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Rule, RuleTrial } from './rule-trial.ts'
import { Disappointed } from './session.ts'

/** Where it is broken, nothing else can be tried. */
export const HANDSHAKE: Rule = {
  id: 'handshake',
  sentence: 'It answers the first message with its pid, a whole number over 0.',
  run: shakeHands,
}

/** What is judged by all that the child says. */
export const LAWS: readonly Rule[] = [
  { id: 'frames', sentence: 'Each frame is a JSON object, with a line "end" behind it.' },
  { id: 'commands', sentence: 'Each message is a command of the protocol, with values of the right type.' },
]

/** How it has to end. */
export const EXIT: Rule = {
  id: 'exit',
  sentence: 'When its stdin is closed, it exits by itself.',
  run: endOfStdin,
}

async function shakeHands(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  const pid = session.pidMessage!.pid
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0)
    throw new Disappointed(`the pid must be a whole number over 0, not ${JSON.stringify(pid)}`)
  if (pid !== session.pid) trial.note(`the pid ${pid} is not that of the process that was started, ${session.pid}`)
  if (!existsSync(join(session.pidDir, String(pid))))
    trial.note('there is no file of that name in pidDir, as Storm wants it')
  if (session.messages[0] !== session.pidMessage) trial.note('it says something before its pid')
}

async function endOfStdin(trial: RuleTrial): Promise<void> {
  const session = await trial.up()
  const before = session.messages.length
  session.closeInput()
  const how = await session.gone()
  if (how !== 'exited with code 0') trial.note(`it ${how}`)
  const last = session.messages.slice(before).filter(({ command }) => command !== 'emit')
  if (last.length > 0) trial.note('it sends something after its stdin was closed')
  if (session.errorLines.length > 0) trial.note(`on stderr: ${session.errorLines.at(-1)}`)
}
