/** The pages of one topology: what they show, what can be done there, and who can look at them. */
import { readdirSync, readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { barriers, beganService, browserTest, openPage } from './browser.ts'
import { BOLTS, HOSTILE_NAMES, hostile, many, ORDERS } from './topologies-to-look-at.ts'

const FILES = { 'bolts.mjs': BOLTS, 'orders.yaml': ORDERS }

/** A service with the topology of orders, and a browser that looks at it. */
async function looking(t: ExecutionContext, look = {}) {
  const service = await beganService(t, FILES)
  await service.submit('orders.yaml')
  const page = await openPage(t, await service.address(), look)
  await page.getByRole('link', { name: 'orders' }).click()
  await page.getByRole('heading', { name: 'orders', level: 1 }).waitFor()
  // Only where there are figures is there a table.
  await page.getByRole('region', { name: 'Bolts' }).waitFor()
  return { ...service, page }
}

browserTest('a topology, a component, a worker and its log are shown, each by a link', async (t) => {
  const { page } = await looking(t)
  await page.getByRole('group', { name: /4 components/ }).waitFor()
  const node = page.getByRole('button', { name: /^bolt check/ })
  await node.press('Enter')
  await page.getByRole('link', { name: 'Open check' }).click()
  await page.getByRole('heading', { name: 'check', level: 1 }).waitFor()
  const into = page.getByRole('region', { name: 'Streams in' })
  await into.getByText('fields (customer)').waitFor()
  // How much was sent and acked, of its only input.
  await into
    .getByRole('cell', { name: /^[1-9]/ })
    .nth(1)
    .waitFor()
  await page
    .getByRole('region', { name: 'Emitted' })
    .getByRole('cell', { name: /^[1-9]/ })
    .first()
    .waitFor()
  const own = page.getByRole('region', { name: 'Its own metrics' })
  await own.getByText('42', { exact: true }).waitFor()
  await own.getByText(/^cheap orders</).waitFor()
  await own.getByText(/values: median/).waitFor()
  t.deepEqual(await barriers(page), [])
  await page
    .getByRole('region', { name: 'Tasks' })
    .getByRole('link', { name: /worker/ })
    .first()
    .click()
  await page.getByRole('heading', { name: /^Worker \d$/, level: 1 }).waitFor()
  await page
    .getByRole('region', { name: 'Links' })
    .getByRole('link', { name: /worker/ })
    .waitFor()
  await page.getByRole('log').getByText('is starting').first().waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'check', level: 1 }).waitFor()
  t.deepEqual(await barriers(page), [])
})

browserTest('whoever may changes a topology, and is asked once before', async (t) => {
  const { page } = await looking(t)
  const act = async (button: string, does: string): Promise<void> => {
    await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: button }).click()
    const dialog = page.getByRole('dialog')
    t.deepEqual(await barriers(page), [])
    await dialog.getByRole('button', { name: does, exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await act('Deactivate', 'Deactivate')
  await page.getByText('INACTIVE', { exact: true }).waitFor()
  await act('Activate', 'Activate')
  await page.getByText('ACTIVE', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Log level…' }).click()
  await page.getByRole('combobox', { name: /^Level/ }).selectOption('warn')
  await page.getByRole('button', { name: 'Set it' }).click()
  await page.getByText('all log warn').waitFor()
  await page.getByRole('button', { name: 'Rebalance…' }).click()
  await page.getByRole('dialog').getByLabel('Workers').fill('1')
  await page.getByRole('dialog').getByLabel('check').fill('2')
  // What is typed stays, whatever is heard of the topology meanwhile.
  await nextView(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Rebalance', exact: true }).click()
  await page.getByText('revision 2', { exact: true }).waitFor()
  await page.getByText('1 worker, 6 tasks').waitFor()
  await page.getByRole('button', { name: 'Kill…' }).click()
  await page.getByLabel('Seconds between the two').fill('0')
  await page.getByRole('button', { name: 'Kill it for good' }).click()
  await page.getByText('There is no topology yet').waitFor()
})

browserTest('whoever may only look is offered nothing else', async (t) => {
  const { ask, address } = await beganService(t, FILES)
  const { stdout } = await ask('token', 'make', 'guest', '--role', 'read')
  const page = await openPage(t, new URL(await address()).origin)
  await page.getByLabel('Or show a token').fill(stdout.trim())
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('guest may read').waitFor()
  t.is((await ask('submit', 'orders.yaml')).code, 0)
  await page.getByRole('link', { name: 'orders' }).click()
  await page.getByText('You may look, and change nothing.').waitFor()
  t.is(await page.getByRole('button', { name: 'Kill…' }).count(), 0)
})

browserTest('a worker that is killed while one looks is seen to die and to come again', async (t) => {
  const { page, service } = await looking(t)
  const worker = workersOf(service.pid)[0]!
  process.kill(worker, 'SIGKILL')
  await page.getByText('worker lost').first().waitFor()
  await page.getByText(/started again, incarnation 2/).waitFor()
  await page.getByText('ACTIVE', { exact: true }).first().waitFor()
})

browserTest('what users write is text, wherever it stands', async (t) => {
  const { submit, address } = await beganService(t, { ...FILES, 'hostile.yaml': hostile() })
  await submit('orders.yaml', 'hostile.yaml')
  const page = await openPage(t, await address())
  await page.getByRole('link', { name: 'hostile' }).click()
  for (const name of HOSTILE_NAMES) await page.getByRole('link', { name, exact: true }).waitFor()
  await page.getByRole('link', { name: HOSTILE_NAMES[0]!, exact: true }).click()
  await page.getByRole('heading', { name: HOSTILE_NAMES[0]!, level: 1 }).waitFor()
  const url = new URL(page.url())
  url.hash = '#/topology/orders/component/parse'
  await page.goto(url.href)
  await page.getByText('<img src=x onerror="window.injected=1">').first().waitFor()
  t.is(await page.evaluate('window.injected'), undefined)
})

browserTest('on a narrow screen nothing is out of reach, light or dark', async (t) => {
  const { page } = await looking(t, { width: 400, height: 800, theme: 'light' })
  t.is(await page.evaluate('document.documentElement.scrollWidth'), 400)
  t.deepEqual(await barriers(page), [])
  await page.emulateMedia({ colorScheme: 'dark' })
  t.deepEqual(await barriers(page), [])
})

browserTest('two hundred components are shown without holding the browser up', async (t) => {
  const { submit, address } = await beganService(t, { ...FILES, 'many.yaml': many() })
  await submit('many.yaml')
  const page = await openPage(t, await address())
  await page.getByRole('link', { name: 'many' }).click()
  await page.getByRole('button', { name: /^bolt 66 × clean-…/ }).waitFor()
  await page.getByLabel('Fold what is alike').click()
  await page.getByRole('button', { name: /^bolt store-65/ }).waitFor()
  await page.getByLabel('Find a component').fill('enrich-17')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Open enrich-17' }).waitFor()
  await page.getByRole('button', { name: 'Show all 199' }).waitFor()
  t.deepEqual(await barriers(page), [])
})

/** Until the page has been sent something new. */
async function nextView(page: Page): Promise<void> {
  const shown = await page.locator('main').innerText()
  await page.waitForFunction(`(text) => document.querySelector('main').innerText !== text`, shown)
}

/** The processes that a process has started; of a service they are its workers. */
function workersOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const [, ppid] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      return Number(ppid) === parent ? [Number(pid)] : []
    } catch {
      return []
    }
  })
}

browserTest('a worker is profiled by a click: its functions are drawn, and its heap is saved', async (t) => {
  const { page } = await looking(t)
  const busiest = page.getByRole('region', { name: 'Bolts' }).getByRole('link', { name: 'check' })
  await busiest.click()
  await page
    .getByRole('region', { name: 'Tasks' })
    .getByRole('link', { name: /worker/ })
    .click()
  await page.getByRole('button', { name: 'CPU profile…' }).click()
  await page.getByLabel('Seconds').fill('2')
  await page.getByRole('button', { name: 'Take it' }).click()
  const flame = page.getByRole('group', { name: 'Flame graph' })
  const slow = flame.getByRole('button', { name: /^execute bolts\.mjs:\d+$/ }).first()
  await slow.waitFor()
  t.deepEqual(await barriers(page), [])
  const { width: before } = (await slow.boundingBox())!
  await slow.click()
  await flame.getByRole('button', { name: '(all)' }).waitFor()
  t.true((await slow.boundingBox())!.width >= before)
  await page.getByRole('button', { name: 'Show all' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('link', { name: /^Save orders-worker-\d-.*\.cpuprofile$/ }).click()
  const { nodes } = JSON.parse(readFileSync(await (await saved).path(), 'utf8'))
  t.true(nodes.length > 10)

  await page.getByRole('button', { name: 'Heap snapshot…' }).click()
  t.deepEqual(await barriers(page), [])
  const heap = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Take it' }).click()
  t.regex((await heap).suggestedFilename(), /^orders-worker-\d-.*\.heapsnapshot$/)
})
