/**
 * How long an agent waits for a hook that finds a change, with an engine that runs and without one.
 *
 *     npm run build && node bench/hook.ts [--files 2000] [--rounds 20]
 *
 * The repository is the default one. A round changes one file and runs `cairn hook claude`, which ends when the snapshot is
 * made, or after its time.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, percentile } from './statistics.ts';
import { renderTable } from './table.ts';
import { copyDist, withWorkFolder } from './workFolder.ts';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '20' } },
});
const FILES_IN_FOLDER = 50;

await withWorkFolder(undefined, 1e9, async (folder) => {
  const program = join(copyDist(folder), 'cli.js');
  const project = join(folder, 'project');
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), CAIRN_GUARD: 'off' };
  for (let at = 0; at < Number(values.files); at++) {
    const place = join(project, String(Math.floor(at / FILES_IN_FOLDER)));
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${at}.txt`), `file ${at}\n`.repeat(100));
  }
  spawnSync(process.execPath, [program, 'backup', project], { env });

  const event = { session_id: 's', cwd: project, hook_event_name: 'PreToolUse', tool_name: 'Bash' };
  const measure = (): number[] =>
    Array.from({ length: Number(values.rounds) }, (_, round) => {
      writeFileSync(join(project, '0/0.txt'), `${performance.now()} ${round}`);
      const start = performance.now();
      spawnSync(process.execPath, [program, 'hook', 'claude'], { env, input: JSON.stringify(event) });
      return performance.now() - start;
    });

  const without = measure();
  const watch = spawn(process.execPath, [program, 'watch', project, '--json', '--no-outside-changes'], { env });
  await once(watch.stdout, 'data');
  measure();
  const withEngine = measure();
  watch.kill();
  await once(watch, 'close');

  const bare = Array.from({ length: Number(values.rounds) }, () => {
    const start = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - start;
  });
  const row = (title: string, times: readonly number[]) => [
    title,
    ...[median(times), percentile(times, 0.95)].map((time) => `${time.toFixed(0)} ms`),
  ];
  const rows = [row('without a running engine', without), row('with one', withEngine), row('`node -e 0`', bare)];
  console.log(renderTable([['a hook', 'median', 'p95'], ...rows]));
});
