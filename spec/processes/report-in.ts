/**
 * Imported by a worker process before its own entry point: says which process it is, on a connection that ends with the
 * process.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { isMainThread } from 'node:worker_threads'

// Threads of the worker import this, too.
if (isMainThread) {
  const port = Number(new URL(import.meta.url).searchParams.get('port'))
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(String(process.pid))
  socket.unref()
}
