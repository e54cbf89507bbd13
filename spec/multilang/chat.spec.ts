import test from 'ava'
import type { TaskContext } from '../../lib/index.ts'
import { Chat } from '../../lib/multilang/parent/chat.ts'
import { resolveConfig } from '../../lib/topology/config.ts'

test('of what a child prints so many lines are logged in an interval, and then how many were left out', (t) => {
  let now = 0
  const logged: string[] = []
  const chat = new Chat({
    now: () => now,
    config: resolveConfig({}),
    log: (level, message) => void logged.push(`${level} ${message}`),
  } as Partial<TaskContext> as TaskContext)
  for (let line = 1; line <= 2000; line++) chat.say(`line ${line}`)
  t.is(logged.length, 500)
  t.is(logged.at(-1), 'info line 500')
  now = 10_000
  chat.say('later')
  t.deepEqual(logged.slice(500), [
    'warn 1500 lines that the child printed were left out: it prints too many',
    'info later',
  ])
  chat.tellRest()
  t.is(logged.length, 502)
})
