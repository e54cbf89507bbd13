/** An etcd on a host of its own, over TLS, with a certificate of an authority of its own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Authority } from '../../../../lib/cluster/trust/authority.ts'
import { until } from './daemon.ts'
import type { Namespaces, NetHost } from './namespaces.ts'

const PEERS = 'http://127.0.0.1:2380'

export class EtcdHost {
  readonly url: string
  /** The file of the certificate of its authority. */
  readonly ca: string
  readonly #net: Namespaces
  readonly host: NetHost

  private constructor(net: Namespaces, host: NetHost, ca: string) {
    this.#net = net
    this.host = host
    this.ca = ca
    this.url = `https://${host.address}:2379`
  }

  /** Settles when it answers. @param folder of its own */
  static async start(net: Namespaces, host: NetHost, folder: string): Promise<EtcdHost> {
    const authority = await Authority.open(join(folder, 'authority'), () => new Date(), true)
    const made = await authority.issue({ role: 'nimbus', name: 'etcd', hosts: [host.address], days: 1 })
    const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    for (const [name, path] of Object.entries(files)) writeFileSync(path, made[name as keyof typeof files])
    const etcd = new EtcdHost(net, host, files.ca)
    const child = net.spawn(
      host,
      [
        ...['etcd', '--data-dir', join(folder, 'data'), '--unsafe-no-fsync', '--log-level', 'error', '--logger', 'zap'],
        ...['--listen-client-urls', etcd.url, '--advertise-client-urls', etcd.url],
        ...['--cert-file', files.cert, '--key-file', files.key],
        ...['--listen-peer-urls', PEERS, '--initial-advertise-peer-urls', PEERS],
        ...['--initial-cluster', `default=${PEERS}`],
      ],
      {},
    )
    child.stdout!.resume()
    child.stderr!.resume()
    let isReady = false
    const ask = async (): Promise<void> => {
      while (!isReady && child.exitCode === null) isReady = (await etcd.#ask('/health'))?.includes('true') === true
    }
    void ask()
    await until('etcd answers', () => isReady)
    return etcd
  }

  /** When each key was changed last, by its name: what was written between two looks differs. */
  async changes(): Promise<string> {
    const said = await this.#ask('/v3/kv/range', '-d', '{"key":"AA==","range_end":"AA==","keys_only":true}')
    const { kvs = [] } = JSON.parse(said!) as { kvs?: readonly { key: string; mod_revision: string }[] }
    return kvs.map(({ key, mod_revision: at }) => `${Buffer.from(key, 'base64')} ${at}`).join('\n')
  }

  #ask(path: string, ...more: readonly string[]): Promise<string | undefined> {
    return this.#net.output(this.host, ['curl', '-s', '-f', '-m', '5', '--cacert', this.ca, ...more, this.url + path])
  }
}
