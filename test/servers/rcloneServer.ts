import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serverLogin, type RestServer } from './restServer.ts';
import { startServer } from './serverProcess.ts';

/** So that rclone knows nothing but what a test tells it. */
export const rcloneEnvironment = { RCLONE_CONFIG: '/dev/null' } as const;

export interface RcloneServerOptions {
  /** Only `serverLogin` may use it. */
  readonly hasLogin?: boolean;
  readonly isAppendOnly?: boolean;
}

/** Starts the real `rclone serve restic` over a folder. `folder` is for its state, and has to be removed afterwards. */
export async function startRcloneServer(folder: string, options: RcloneServerOptions = {}): Promise<RestServer> {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const more = options.isAppendOnly ? ['--append-only'] : [];
  const login = options.hasLogin ? { RCLONE_USER: serverLogin.user, RCLONE_PASS: serverLogin.password } : {};
  const args = (port: number): string[] => ['serve', 'restic', '--addr', `127.0.0.1:${port}`, ...more, data];
  const server = await startServer('rclone', args, { ...rcloneEnvironment, ...login });
  return { ...server, url: `http://127.0.0.1:${server.port}/`, data };
}
