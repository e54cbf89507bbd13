/**
 * The page: files that are built with the package, and that everybody who reaches the port may have, for there is
 * nothing of anybody in them. They are read once, and served from memory.
 */
import { readdir, readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run build` puts it. */
const FOLDER = fileURLToPath(new URL('../../ui/page', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
/** Nothing but what this server itself has sent is loaded, asked or shown, and nobody frames it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // For the URL of the worker that lays out graphs.
  'trusted-types layout-worker',
].join('; ')
const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

interface PageFile {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** By the path by which it is asked for. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** Reads them; none where the page was not built, as when only the sources were compiled. */
export async function pageFiles(): Promise<PageFiles> {
  const names = await readdir(FOLDER, { recursive: true }).catch(() => [])
  const files = names
    .filter((name) => Object.hasOwn(TYPES, extname(name)))
    .map(async (name): Promise<readonly [string, PageFile]> => {
      const path = `/${name.split(sep).join('/')}`
      const isPage = path === '/index.html'
      // The names of all others have a digest in them.
      const cache = isPage ? 'no-cache' : 'public, max-age=31536000, immutable'
      const headers = { ...HEADERS, 'content-type': TYPES[extname(name)]!, 'cache-control': cache }
      return [isPage ? '/' : path, { headers, body: await readFile(join(FOLDER, name)) }]
    })
  return new Map(await Promise.all(files))
}

/** Sends one. */
export function sendFile({ headers, body }: PageFile, response: ServerResponse): void {
  response.writeHead(200, { ...headers, 'content-length': body.length })
  response.end(body)
}
