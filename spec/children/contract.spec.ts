/**
 * The contract of multilang: the same components in every language, played with the same messages, must do the same. On
 * top of that the rules that
 * `typhoon multilang check` knows hold for each of them.
 */
import test from 'ava'
import { checkChild } from '../../lib/multilang/check/check.ts'
import { Session } from '../../lib/multilang/check/session.ts'
import { handshakeFor } from '../../lib/multilang/check/setup.ts'
import { BOUND_MS } from '../bound.ts'
import { BOLTS } from '../contract/multilang/bolts.ts'
import { isInstalled, LANGUAGES, type Language, ROOT } from '../contract/multilang/languages.ts'
import type { Case } from '../contract/multilang/play.ts'
import { SPOUTS } from '../contract/multilang/spouts.ts'
import { STATES } from '../contract/multilang/states.ts'

/** Of whatever component: none has others. */
const OUTPUTS = { default: ['value'], ids: ['ids'], direct: ['value'] }

/** What the rules of the checker are tried with. */
const CHECKED = [
  ['echo', 'bolt'],
  ['classic-echo', 'bolt'],
  ['task-ids', 'bolt'],
  ['count', 'spout'],
  ['classic-spout', 'spout'],
] as const

const running = new Set<Session>()

function start(
  { command }: Language,
  { component, kind, config = {}, outputs = OUTPUTS, isStorm, taskIds }: Case,
): Session {
  const conf = isStorm === true ? { ...config, 'typhoon.version': undefined } : config
  const session = new Session({
    command: command(component),
    kind,
    cwd: ROOT,
    patienceMs: BOUND_MS,
    startPatienceMs: BOUND_MS,
    handshake: (pidDir) => handshakeFor({ kind, outputs, inputs: ['value'], config: conf }, pidDir),
    ...(taskIds === undefined ? {} : { taskIds }),
  })
  running.add(session)
  return session
}

function testCase(language: Language, one: Case): void {
  test.serial(`${language.name}: ${one.component} ${one.title}`, async (t) => {
    const session = start(language, one)
    try {
      await one.play(t, session, language)
      t.deepEqual(session.laws.breaches, [])
    } finally {
      await session.kill()
      running.delete(session)
    }
  })
}

function testRules(language: Language, component: string, kind: 'bolt' | 'spout'): void {
  test.serial(`${language.name}: ${component} keeps the rules of the checker`, async (t) => {
    const { findings } = await checkChild({
      command: language.command(component),
      kind,
      samples: [['the quick brown fox']],
      outputs: OUTPUTS,
      patienceMs: BOUND_MS,
      startPatienceMs: BOUND_MS,
      cwd: ROOT,
    })
    t.deepEqual(
      findings.filter(({ verdict }) => verdict === 'broken'),
      [],
    )
  })
}

for (const language of LANGUAGES) {
  const { name, build } = language
  const cases = [...BOLTS, ...STATES, ...SPOUTS]
  if (!isInstalled(language)) {
    test(`${name} is not installed: ${cases.length + CHECKED.length} tests left out`, (t) => t.pass())
    continue
  }
  if (build !== undefined) test.serial.before(() => build())
  for (const one of cases) testCase(language, one)
  for (const [component, kind] of CHECKED) testRules(language, component, kind)
}

test.after.always(() => Promise.all([...running].map((session) => session.kill())))
