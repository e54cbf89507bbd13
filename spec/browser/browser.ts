/**
 * A real browser that looks at a real service. Where the page does what it must not (an error, a violation of the
 * policy, a request to elsewhere), the test fails when it ends.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { BOUND_MS } from '../bound.ts'
import { type Contents, folderOf } from '../folder.ts'
import { ROOT } from '../house/sources.ts'
import { type Ended, reportOf, typhoonProcess } from '../processes/cli.ts'
import { startedService } from '../processes/service-process.ts'

/** That of the distribution; undefined where there is none. */
const PROGRAM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const PAGE = join(ROOT, 'dist/lib/ui/page/index.html')

/** A test that needs a browser; where there is none, one that says so. */
export function browserTest(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (PROGRAM === undefined) test(`there is no chromium, left out: ${title}`, (t) => t.pass())
  else test.serial(title, implementation)
}

let browser: Promise<Browser> | undefined

test.before(() => {
  // Whoever has only compiled the sources has no page yet.
  if (PROGRAM !== undefined && !existsSync(PAGE)) spawnSync('npm', ['run', 'build:page', '--silent'], { cwd: ROOT })
})
test.after.always(async () => (await browser)?.close())

/** What the page has done that it must not. */
const COLLECT = `
  window.violations = []
  document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective))
`

/** How a page is looked at. */
interface Look {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
}

/** A page of its own; that nothing went wrong in it is asserted when the test ends. */
export async function openPage(t: ExecutionContext, address: string, look: Look = {}): Promise<Page> {
  const { width = 1280, height = 900, theme = 'dark' } = look
  // As root it has no sandbox, and in a container little shared memory.
  browser ??= chromium.launch({ executablePath: PROGRAM!, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  const context = await (await browser).newContext({ viewport: { width, height }, colorScheme: theme })
  context.setDefaultTimeout(BOUND_MS)
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(error.stack ?? error.message))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(address).origin) wrong.push(request.url())
  })
  await page.addInitScript(COLLECT)
  t.teardown(async () => {
    const violations = await page.evaluate('violations').catch(() => [])
    await context.close()
    const all = [...wrong, ...(violations as string[])]
    if (all.length > 0) throw new Error(all.join('\n'))
  })
  await page.goto(address)
  return page
}

/** A service as a process, which ends with the test, and topologies for it. */
export async function beganService(t: ExecutionContext, files: Contents = {}) {
  const project = folderOf(t, { 'package.json': '{}', ...files })
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(fileURLToPath(new URL('../../..', import.meta.url)), join(project, 'node_modules/typhoon'))
  const folder = folderOf(t)
  const env = { XDG_CONFIG_HOME: join(folder, 'config') }
  const service = await startedService(t, folder, env)
  const ask = (...args: readonly string[]): Promise<Ended> => typhoonProcess(args, { cwd: project, env })
  /** Submits them, each from the file of its name. */
  const submit = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) t.is((await ask('submit', name)).code, 0)
  }
  /** An address that lets a browser in. */
  const address = async (): Promise<string> => reportOf(await ask('ui', '--json')).address
  return { ask, submit, address, service, project }
}

/** What would keep somebody from using it, as axe finds it. */
export async function barriers(page: Page): Promise<string[]> {
  // The policy of the page lets nobody add a script; a debugger is let.
  await page.evaluate(axe.source)
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[]
  }
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
