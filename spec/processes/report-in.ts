/**
 * Imported by all processes of a run before their own entry points: a worker says which process it is, on a connection
 * that ends with the process.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { isMainThread } from 'node:worker_threads'

// The run, threads of a worker and children in JavaScript import this, too.
if (isMainThread && process.argv[1]?.endsWith('start-worker.js')) {
  const port = Number(new URL(import.meta.url).searchParams.get('port'))
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(String(process.pid))
  socket.unref()
}
