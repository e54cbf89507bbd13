/** What is wrong with the topologies of `topologies/broken` is found by the page alone. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { FindingCode } from '../../lib/doctor/finding.ts'
import { ROOT } from '../house/sources.ts'
import { beganService, browserTest, openPage } from './browser.ts'

/** What is found in each, and where one is led from there. */
const ANSWERS: Readonly<Record<string, readonly [FindingCode, heading: string, named: RegExp]>> = {
  'slow-bolt': ['BOTTLENECK', 'check', /\d+ %/],
  'poison-row': ['POISON_ROW', 'orders', /273/],
  'skewed-key': ['SKEWED_KEYS', 'turnover', /'de'/],
  'lagging-source': ['LAGGING_SOURCE', 'orders', /\d+ records/],
  'leaking-worker': ['LEAKING_WORKER', 'Worker 2', /\d+ MB/],
}

for (const [name, [code, heading, named]] of Object.entries(ANSWERS))
  browserTest(`whoever opens the page of ${name} finds ${code} at ${heading}`, async (t) => {
    const { project, submit, address } = await beganService(t)
    cpSync(join(ROOT, 'topologies/broken'), project, { recursive: true })
    await submit(`${name}.yaml`)
    const page = await openPage(t, await address())
    await page.getByRole('link', { name }).click()
    const finding = page.getByRole('list', { name: 'Findings' }).getByRole('listitem').filter({ hasText: code })
    await finding.waitFor()
    t.regex(await finding.innerText(), named)
    await finding.getByRole('link', { name: /^Look at/ }).click()
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    await page.getByRole('list', { name: 'Findings' }).getByText(code, { exact: true }).waitFor()
  })
