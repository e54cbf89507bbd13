/** A service as a process, which ends with the test. */
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { CliRun } from './cli.ts'

/**
 * Settles when it answers.
 * @param folder where it has its own, `service`
 * @param env where it says how it is found
 */
export async function startedService(
  t: ExecutionContext,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<CliRun> {
  const service = new CliRun(['up', '--dir', join(folder, 'service'), '--port', '0'], { env, lasts: true })
  t.teardown(async () => {
    service.signal('SIGTERM')
    await service.ended
  })
  await service.line(/service\.json$/)
  return service
}
