/** What a page is sent, by how it reads. */
import type { ServerResponse } from 'node:http'
import test from 'ava'
import { EventStream, PATIENCE_MS } from '../../lib/api/browser/event-stream.ts'

/** A page, what it was sent, and how much of that it has not read. */
function page() {
  let time = 0
  const sent: string[] = []
  const response = {
    writableLength: 0,
    isGone: false,
    write: (text: string) => void sent.push(text),
    end: (text: string) => void sent.push(text),
    destroy() {
      response.isGone = true
    },
  }
  const stream = new EventStream(response as unknown as ServerResponse, () => time)
  const pass = (ms: number): void => {
    time += ms
  }
  return { stream, response, sent, pass }
}

test('a page is sent what has changed, and a sign of life where nothing does', (t) => {
  const { stream, sent, pass } = page()
  stream.show('1')
  stream.show('1')
  stream.show('2')
  pass(15_001)
  stream.show('2')
  t.deepEqual(sent, ['data: 1\n\n', 'data: 2\n\n', ':\n\n'])
})

test('whoever reads slowly is left out of some, and sees the last one then', (t) => {
  const { stream, response, sent } = page()
  stream.show('1')
  response.writableLength = 9
  for (const view of ['2', '3', '4']) stream.show(view)
  response.writableLength = 0
  stream.show('4')
  t.deepEqual(sent, ['data: 1\n\n', 'data: 4\n\n'])
})

test('whoever reads nothing for long is let go', (t) => {
  const { stream, response, pass } = page()
  stream.show('1')
  response.writableLength = 9
  pass(PATIENCE_MS)
  stream.show('2')
  t.false(response.isGone)
  pass(1)
  stream.show('3')
  t.true(response.isGone)
})
