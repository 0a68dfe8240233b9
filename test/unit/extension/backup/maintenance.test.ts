import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { vscodeStub } from '../../../helpers/vscodeStub.ts';

vi.mock('vscode', () => ({
  ...vscodeStub,
  Disposable: {
    from: (...all: { dispose(): unknown }[]) => ({ dispose: () => all.forEach((each) => each.dispose()) }),
  },
  workspace: { getConfiguration: () => ({ get: () => true, inspect: () => undefined }) },
}));
const { registerMaintenance } = await import('../../../../src/extension/backup/maintenance.ts');

const MINUTE = 60_000;
/** When retention ran, in minutes. */
let runs: number[];
let finish: (event: unknown) => void;
let registered: { dispose(): unknown };

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  runs = [];
  const cairn = {
    backups: {
      isRunning: false,
      onDidStart: () => ({ dispose: () => {} }),
      onDidFinish: (listener: typeof finish) => ((finish = listener), { dispose: () => {} }),
    },
    copies: { isReading: () => true },
    targets: { repositoryRef: () => Promise.resolve({}) },
    engine: {
      call: (name: string) => {
        if (name === 'applyRetention') runs.push(Math.round(Date.now() / MINUTE));
        return Promise.resolve({ removed: [] });
      },
    },
  };
  registered = registerMaintenance(cairn as never);
});
afterEach(() => {
  registered.dispose();
  vi.useRealTimers();
});

/** An automatic snapshot was made. */
function snapshot(): void {
  const folder = { uri: { fsPath: '/a', toString: () => 'file:///a' }, name: 'a' };
  finish({ order: { folder, trigger: 'outside' }, target: { id: '' }, report: { snapshot: {} } });
}

test('retention waits until it is quiet, and for a while after the last time', async () => {
  snapshot();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(runs).toEqual([1]);
  snapshot();
  await vi.advanceTimersByTimeAsync(20 * MINUTE);
  expect(runs).toEqual([1, 11]);
});

test('where snapshots never cease, retention comes between two of them', async () => {
  for (let at = 0; at < 65 * MINUTE; at += 5_000) {
    snapshot();
    await vi.advanceTimersByTimeAsync(5_000);
  }
  expect(runs).toEqual([30, 60]);
});
