import test from 'ava'
import type { TaskContext } from '../../lib/index.ts'
import { Chat } from '../../lib/multilang/parent/chat.ts'
import { resolveConfig } from '../../lib/topology/config/config.ts'

function rig() {
  let now = 0
  const logged: string[] = []
  const chat = new Chat({
    now: () => now,
    config: resolveConfig({}),
    log: (level, message) => void logged.push(`${level} ${message}`),
  } as Partial<TaskContext> as TaskContext)
  return { chat, logged, wait: (ms: number) => (now += ms) }
}

test('of what a child prints so many lines are logged in an interval, and then how many were left out', (t) => {
  const { chat, logged, wait } = rig()
  for (let line = 1; line <= 2000; line++) chat.printed(`line ${line}`)
  t.is(logged.length, 500)
  t.is(logged.at(-1), 'info line 500')
  wait(10_000)
  chat.printed('later')
  t.deepEqual(logged.slice(500), [
    'warn 1500 lines that the child printed were left out: it prints too many',
    'info later',
  ])
  chat.tellRest()
  t.is(logged.length, 502)
})

test('what a child logs is throttled as what it prints, each level by itself, so that a flood hides no error', (t) => {
  const { chat, logged, wait } = rig()
  for (let line = 1; line <= 501; line++) {
    chat.logged('info', `line ${line}`)
    chat.logged('debug', `line ${line}`)
  }
  chat.printed('printed')
  chat.logged('error', 'an error')
  t.deepEqual(logged.slice(1000), ['info printed', 'error an error'])
  wait(10_000)
  chat.logged('info', 'later')
  chat.tellRest()
  t.deepEqual(logged.slice(1002), [
    'warn 1 line that the child logged as info was left out: it logs too many',
    'info later',
    'warn 1 line that the child logged as debug was left out: it logs too many',
  ])
})
