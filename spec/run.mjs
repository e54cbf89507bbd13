// Runs the specifications and ends with one plain line: `N passed, N failed`, with `, N skipped` where some were.
// Files are given to AVA as arguments: `npm test -- dist/spec/acker/*.spec.js`.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ava = fileURLToPath(new URL('../node_modules/ava/entrypoints/cli.mjs', import.meta.url))
const child = spawn(process.execPath, [ava, '--tap', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit'],
})

const counts = { passed: 0, failed: 0, skipped: 0 }
for await (const line of createInterface({ input: child.stdout })) {
  if (/^ok .* # (SKIP|TODO)/i.test(line)) counts.skipped++
  else if (line.startsWith('ok ')) counts.passed++
  else if (line.startsWith('not ok ')) counts.failed++
  if (!line.startsWith('ok ') || /# SKIP/i.test(line)) console.log(line)
}
const code = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)))
// A file that crashes, times out or has no test makes AVA fail without a failed test of its own.
if (code !== 0 && counts.failed === 0) counts.failed++
console.log(
  `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
)
process.exitCode = code === 0 && counts.passed > 0 ? 0 : 1
