import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** The nodes of the cluster; each has a server of each kind, and a replica of everything. */
export const nodes = [1, 2, 3] as const;
export type SwiftNode = (typeof nodes)[number];

export const kinds = ['account', 'container', 'object'] as const;

export interface SwiftPorts {
  /** Node by node, each in the order of `kinds`. */
  readonly servers: readonly number[];
  readonly proxy: number;
  readonly memcached: number;
  readonly rsync: number;
}

/** The region that the cluster says it is in. */
export const SWIFT_REGION = 'eu-test-1';

/** So many objects are on one page of a list, for there to be several. */
export const SWIFT_PAGE = 100;

/** Seconds: a slow machine must not look like a node that is away. */
const PATIENCE = 60;

/** Writes the files of `etc/`, and makes the folders of the nodes. The file system has to have extended attributes. */
export function writeSwiftConfig(folder: string, ports: SwiftPorts): void {
  for (const name of ['etc', 'run', ...nodes.map((node) => `node${node}/d${node}`)])
    mkdirSync(join(folder, name), { recursive: true });
  const write = (name: string, sections: Sections): void =>
    writeFileSync(join(folder, 'etc', name), sectionsText(sections));
  write('swift.conf', {
    'swift-hash': { swift_hash_path_prefix: 'cairn', swift_hash_path_suffix: 'tests' },
    'storage-policy:0': { name: 'Policy-0', default: 'yes' },
  });
  for (const node of nodes) {
    for (const [at, kind] of kinds.entries())
      write(`${kind}${node}.conf`, serverConfig(folder, kind, node, ports, ports.servers[(node - 1) * 3 + at]!));
  }
  write('proxy.conf', proxyConfig(folder, ports));
  writeFileSync(join(folder, 'etc/rsyncd.conf'), rsyncConfig(folder));
}

type Sections = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

function sectionsText(sections: Sections): string {
  return Object.entries(sections)
    .map(([name, settings]) =>
      [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
    )
    .join('\n');
}

function common(folder: string, port: number, name: string) {
  return {
    bind_ip: '127.0.0.1',
    bind_port: port,
    workers: 0,
    user: userInfo().username,
    swift_dir: join(folder, 'etc'),
    log_name: name,
    node_timeout: PATIENCE,
    conn_timeout: PATIENCE,
    // Else what was just stored may be missing in a list for as long as the machine is busy.
    container_update_timeout: PATIENCE,
  };
}

function serverConfig(folder: string, kind: string, node: SwiftNode, ports: SwiftPorts, port: number): Sections {
  const once = { recon_cache_path: join(folder, 'run'), concurrency: 1 };
  return {
    DEFAULT: {
      ...common(folder, port, `${kind}${node}`),
      devices: join(folder, `node${node}`),
      mount_check: 'false',
      disable_fallocate: 'true',
    },
    'pipeline:main': { pipeline: `${kind}-server` },
    [`app:${kind}-server`]: { use: `egg:swift#${kind}` },
    [`${kind}-replicator`]: { ...once, rsync_module: `rsync://127.0.0.1:${ports.rsync}/{device}` },
    ...(kind !== 'account' && { [`${kind}-updater`]: { ...once, interval: 1 } }),
  };
}

function proxyConfig(folder: string, ports: SwiftPorts): Sections {
  const filters = ['catch_errors', 'listing_formats', 'bulk', 'slo', 'symlink'];
  return {
    DEFAULT: common(folder, ports.proxy, 'proxy'),
    'pipeline:main': {
      pipeline:
        'catch_errors proxy-logging cache listing_formats bulk s3api tempauth slo symlink versioned_writes proxy-logging proxy-server',
    },
    ...Object.fromEntries(filters.map((name) => [`filter:${name}`, { use: `egg:swift#${name}` }])),
    'filter:proxy-logging': { use: 'egg:swift#proxy_logging' },
    'filter:cache': { use: 'egg:swift#memcache', memcache_servers: `127.0.0.1:${ports.memcached}` },
    'filter:versioned_writes': {
      use: 'egg:swift#versioned_writes',
      allow_versioned_writes: 'true',
      allow_object_versioning: 'true',
    },
    'filter:s3api': { use: 'egg:swift#s3api', location: SWIFT_REGION, max_bucket_listing: SWIFT_PAGE },
    'filter:tempauth': {
      use: 'egg:swift#tempauth',
      user_test_owner: 'owner-secret-7Q .admin',
      user_test_reader: 'reader-secret-4Z',
    },
    'app:proxy-server': {
      use: 'egg:swift#proxy',
      allow_account_management: 'true',
      account_autocreate: 'true',
      node_timeout: PATIENCE,
      recoverable_node_timeout: PATIENCE,
      conn_timeout: PATIENCE,
      // All replicas are waited for, so that what was answered is seen at once.
      post_quorum_timeout: PATIENCE,
      // For how long a node that failed often is passed over.
      error_suppression_interval: 1,
    },
  };
}

/** By which the replicators copy whole files. */
function rsyncConfig(folder: string): string {
  const owner = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : '';
  const modules = nodes.map((node) => `[d${node}]\npath = ${join(folder, `node${node}`)}\nread only = no\n`);
  return `use chroot = no\nmax connections = 20\nlog file = ${join(folder, 'run/rsyncd.log')}\n${owner}${modules.join('')}`;
}
