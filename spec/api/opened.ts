/** A service over HTTP without topologies, for tests of what is asked of it. */
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { startApi } from '../../lib/api/api-server.ts'
import { Audit } from '../../lib/api/audit.ts'
import { tokensIn } from '../../lib/api/kept-tokens.ts'
import { SeenNimbus } from '../../lib/api/seen.ts'
import { Tokens } from '../../lib/api/tokens.ts'
import { StoreDirectory } from '../../lib/nimbus/leadership/store-directory.ts'
import { Nimbus } from '../../lib/nimbus/nimbus.ts'
import type { TopologyRecord } from '../../lib/nimbus/record/record.ts'
import { SimulatedClock } from '../../lib/testing/simulated/simulated-clock.ts'
import { folderOf } from '../folder.ts'
import { reignOf } from '../nimbus/leadership/reign-of.ts'

/** A day, in milliseconds. */
export const DAY_MS = 86_400_000

/** One, and a token for each role; with topologies, where there are some. */
export async function opened(t: ExecutionContext, ...records: TopologyRecord[]) {
  const directory = folderOf(t)
  const store = new StoreDirectory(join(directory, 'topologies'))
  for (const record of records) await store.put(record.name, record, 0)
  let time = Date.UTC(2030, 0, 1)
  const now = (): Date => new Date(time)
  const reign = await reignOf(directory)
  const nimbus = await Nimbus.open({ directory, reign, clock: new SimulatedClock(), now, onTrouble: () => {} })
  const tokens = await Tokens.open(tokensIn(directory), now)
  const leading = { seen: new SeenNimbus(nimbus), tokens }
  const made = {
    read: await tokens.make('reader', 'read'),
    operate: await tokens.make('operator', 'operate', new Date(time + DAY_MS)),
    admin: await tokens.make('owner', 'admin'),
  }
  const audit = new Audit(join(directory, 'audit.log'))
  const api = await startApi({ port: 0, leading: () => leading, now, audit, version: '1.2.3', onTrouble: () => {} })
  t.teardown(async () => {
    await api.close()
    await nimbus.close()
  })
  const ask = async (asked: string, token?: string, init: RequestInit = {}) => {
    const [method = '', path = ''] = asked.split(' ')
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(`${api.url}${path}`, {
      method,
      ...init,
      headers: { ...authorization, ...init.headers },
    })
    const text = await response.text()
    const json = text.startsWith('{') ? JSON.parse(text) : undefined
    return { status: response.status, headers: response.headers, text, json, code: json?.problems?.[0]?.code }
  }
  const pass = (ms: number): void => {
    time += ms
  }
  return { ask, made, directory, pass, api, nimbus, now, tokens }
}
