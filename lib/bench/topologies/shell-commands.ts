/** The child processes of the benchmark: what they run, and the raw rate of an interpreter that only passes JSON on. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The command `typhoon`. */
export const COMMAND = fileURLToPath(new URL('../../../bin/typhoon.js', import.meta.url))

const ECHO = `
import os, storm
class Echo(storm.BasicBolt):
    def initialize(self, conf, context):
        storm.logInfo(str(os.getpid()))
    def process(self, tup):
        self.emit(tup.values)
Echo().run()
`
/** Works for a second, then for ever on one tuple. */
const SPIN = `
import storm, time
began = time.time()
class Spin(storm.BasicBolt):
    def process(self, tup):
        self.emit(tup.values)
        if time.time() > began + 1:
            import sys
            print("spins", file=sys.stderr, flush=True)
            while True: pass
Spin().run()
`
/** What an interpreter does at least: reads a line of JSON, writes it again; in large pieces. */
const RAW_ECHO = `
import sys, json
write = sys.stdout.write
for line in sys.stdin:
    write(json.dumps(json.loads(line)) + "\\n")
`

/** Commands of the shell bolts, by name. */
export const SHELL_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  python: ['python3', '-c', ECHO],
  spin: ['python3', '-c', SPIN],
  typhoon: [process.execPath, COMMAND, 'shell', 'IdentityBolt', 'str'],
}

const FRAME = `${JSON.stringify({ id: '1234567', comp: 'const', stream: 'default', task: 1, tuple: ['some sentence 16'] })}\n`
const PIECE_FRAMES = 512

/** Messages a second through Python that reads and writes JSON and does nothing else; why not, where it cannot run. */
export function rawEchoRate(seconds: number): Promise<number | string> {
  return new Promise((resolve) => {
    const child = spawn('python3', ['-c', RAW_ECHO], { stdio: ['pipe', 'pipe', 'inherit'] })
    const piece = FRAME.repeat(PIECE_FRAMES)
    const pump = (): void => {
      while (child.stdin.write(piece));
    }
    let began = 0
    let messages = 0
    child.on('error', (error) => resolve(error.message))
    child.stdin.on('error', () => {})
    child.stdin.on('drain', pump)
    child.stdout.on('data', (bytes: Buffer) => {
      const now = performance.now()
      if (began === 0) began = now
      else for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) messages++
      if (now < began + seconds * 1000) return
      child.kill('SIGKILL')
      child.stdout.removeAllListeners('data')
      resolve(messages / ((now - began) / 1000))
    })
    pump()
  })
}
