/** `typhoon drpc FUNCTION [ARGS]`: asks a function that a running topology answers, and prints its result. */
import type { Command } from 'commander'
import { DrpcClient } from '../../drpc/index.ts'
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { parseDuration } from '../input/arguments.ts'
import { problemLines } from '../render/problem.ts'
import { DONE, FAILED } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'

interface DrpcFlags {
  readonly url: string
  readonly token?: string
  /** Milliseconds. */
  readonly timeout: number
  readonly json?: boolean
}

const DEFAULT_URL = 'http://127.0.0.1:3774'
const DEFAULT_TIMEOUT_MS = 10_000
/** Keeps the token out of the list of processes. */
const TOKEN_VARIABLE = 'TYPHOON_DRPC_TOKEN'

export function defineDrpc(command: Command, shell: Shell): void {
  command
    .argument('<function>', 'name of the function')
    .argument('[args]', 'its arguments, as one text; - reads them from stdin', '')
    .option('--url <url>', 'address of the DRPC server, as typhoon run prints it', DEFAULT_URL)
    .option('--token <token>', `token of the server, if it requires one; ${TOKEN_VARIABLE} unless given`)
    .option('--timeout <time>', 'how long to wait: 500ms, 10s, 5m', parseDuration, DEFAULT_TIMEOUT_MS)
    .option('--json', 'print {"result":…}, or {"problems":…}')
    .action(async (name: string, args: string, flags: DrpcFlags) => {
      shell.exitCode = await ask(name, args === '-' ? await readStdin() : args, flags, shell)
    })
    .addHelpText(
      'after',
      `
Exit codes:
  0  the result is on stdout
  1  the request failed, was not answered in time, or there is no server
  2  the command line is wrong

Examples:
  $ typhoon drpc words "the man on the moon"
  $ echo "the man" | typhoon drpc words - --url http://127.0.0.1:3774`,
    )
}

async function ask(name: string, args: string, flags: DrpcFlags, { terminal }: Shell): Promise<number> {
  const token = flags.token ?? process.env[TOKEN_VARIABLE]
  const client = makeClient(flags.url, token)
  try {
    const result = await client.execute(name, args, { timeoutMs: flags.timeout })
    terminal.result(flags.json === true ? JSON.stringify({ result }) : result)
    return DONE
  } catch (error) {
    if (!(error instanceof TyphoonError)) throw error
    if (flags.json === true) terminal.result(JSON.stringify({ problems: error.problems }))
    terminal.say(problemLines(toProblem(error)))
    return FAILED
  } finally {
    client.close()
  }
}

/** @throws USAGE for an invalid URL */
function makeClient(url: string, token: string | undefined): DrpcClient {
  try {
    return new DrpcClient(url, token === undefined ? {} : { token })
  } catch (error) {
    const { message, hint } = toProblem(error)
    throw new TyphoonError('USAGE', message, hint === undefined ? {} : { hint })
  }
}

/** All of it, without the line break at its end. */
async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
