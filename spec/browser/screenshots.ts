/**
 * `npm run screenshots`: makes the pictures of docs/pictures anew, of a service that runs a topology with a slow bolt.
 * They are made by a command, so that they show what there is.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { ROOT } from '../house/sources.ts'
import { made, remove } from '../made-folder.ts'
import { CliRun, reportOf, typhoonProcess } from '../processes/cli.ts'
import { BOLTS, ORDERS } from './topologies-to-look-at.ts'

/** By the time that the charts have something to show. */
const LONG_ENOUGH_MS = 30_000
const PICTURES = join(ROOT, 'docs/pictures')

async function take(page: Page): Promise<void> {
  const picture = (name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) })
  await page.getByRole('link', { name: 'orders' }).waitFor()
  await page.waitForTimeout(LONG_ENOUGH_MS)
  await picture('topologies')
  await page.getByRole('link', { name: 'orders' }).click()
  await page.locator('.uplot').nth(2).waitFor()
  await picture('topology')
  await page.emulateMedia({ colorScheme: 'light' })
  await page.getByRole('region', { name: 'Bolts' }).getByRole('link', { name: 'check' }).click()
  await page.locator('.uplot').nth(3).waitFor()
  await picture('component')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('link', { name: 'orders' }).click()
  await page.getByRole('link', { name: 'Tuple trees' }).click()
  await page.getByRole('combobox', { name: /^Followed/ }).selectOption('every root')
  await page.getByRole('region', { name: 'Failed roots' }).getByRole('cell').first().waitFor()
  await page.getByRole('button', { name: 'Show the next root' }).click()
  await page.getByRole('region', { name: 'Tuples' }).waitFor()
  await picture('trace')
}

const folder = made()
/** What the service keeps belongs to no project. */
const kept = made()
const env = { XDG_CONFIG_HOME: join(kept, 'config') }
mkdirSync(PICTURES, { recursive: true })
mkdirSync(join(folder, 'node_modules'))
symlinkSync(ROOT, join(folder, 'node_modules/typhoon'))
writeFileSync(join(folder, 'package.json'), '{}')
writeFileSync(join(folder, 'bolts.mjs'), BOLTS.replace('number % 100 === 99', 'number % 1000 === 999'))
writeFileSync(join(folder, 'orders.yaml'), ORDERS)
const service = new CliRun(['up', '--dir', join(kept, 'service'), '--port', '0'], { env, lasts: true })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  await service.line(/service\.json$/)
  const submitted = await typhoonProcess(['submit', 'orders.yaml'], { cwd: folder, env })
  if (submitted.code !== 0) throw new Error(submitted.stderr)
  const { address } = reportOf(await typhoonProcess(['ui', '--json'], { env }))
  const page = await browser.newPage({ viewport: { width: 1280, height: 880 }, colorScheme: 'dark' })
  await page.goto(address)
  await take(page)
} finally {
  await browser.close()
  service.signal('SIGTERM')
  await service.ended
  await Promise.all([folder, kept].map(remove))
}
