/** Which lines of its components a worker logs. */
import test from 'ava'
import { resolveConfig } from '../../lib/topology/config/config.ts'
import { LOG_LEVELS } from '../../lib/util/log-levels.ts'
import { LogGate } from '../../lib/worker/report/log-gate.ts'

const CONFIGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  quiet: { 'topology.log.level': 'warn' },
  traced: { 'topology.log.level': 'error', 'topology.debug': true },
}

function gate(): LogGate {
  return new LogGate((component) => resolveConfig({ 'topology.log.level': 'info' }, CONFIGS[component] ?? {}))
}

/** The least level that passes. */
function least(from: LogGate, component: string): string | undefined {
  return LOG_LEVELS.find((level) => from.passes({ level, message: '', component }))
}

test('the configuration of a component says from which level on it logs; one that is debugged logs all', (t) => {
  t.deepEqual(
    ['plain', 'quiet', 'traced'].map((component) => least(gate(), component)),
    ['info', 'warn', 'debug'],
  )
})

test('what was said last counts: of the component before that of all', (t) => {
  const made = gate()
  made.set([{ level: 'error' }, { level: 'debug', component: 'quiet' }])
  t.deepEqual(
    ['plain', 'quiet', 'traced'].map((component) => least(made, component)),
    ['error', 'debug', 'error'],
  )
  made.set([])
  t.is(least(made, 'plain'), 'info')
})

test('what no component says is always shown', (t) => {
  const made = gate()
  made.set([{ level: 'error' }])
  t.true(made.passes({ level: 'debug', message: '' }))
})
