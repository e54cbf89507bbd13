/** `typhoon shell` in a folder without packages, as a host of Storm's has it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { folderOf } from '../folder.ts'

const COMMAND = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))

for (const name of ['pass.mjs', 'pass.ts'])
  test(`a module that lies where no package is finds Typhoon: ${name}`, async (t) => {
    const folder = folderOf(t, {
      [name]: "import { IdentityBolt } from 'typhoon/components'\nexport class Pass extends IdentityBolt {}\n",
    })
    const child = spawn(process.execPath, [COMMAND, 'shell', `./${name}#Pass`, '{"fields":["value"]}'], { cwd: folder })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdin.end()
    t.deepEqual(await once(child, 'close'), [0, null], stderr)
  })
