import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CairnError, type ErrorCode } from '../../../../src/base/errors.ts';
import type { CopyParts, CopyService } from '../../../../src/extension/copies/copyService.ts';
import type { Target } from '../../../../src/extension/targets/targetStore.ts';
import type { CallOptions } from '../../../../src/worker/engineProtocol.ts';
import { vscodeStub } from '../../../helpers/vscodeStub.ts';

class EventEmitter<T> {
  readonly #listeners = new Set<(event: T) => void>();
  readonly event = (listener: (event: T) => void) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(event: T) {
    for (const listener of [...this.#listeners]) listener(event);
  }
  dispose() {
    this.#listeners.clear();
  }
}

/** Minutes. */
let interval = 60;
const nothing = () => ({ dispose: () => {} });
vi.mock('vscode', () => ({
  ...vscodeStub,
  EventEmitter,
  Disposable: {
    from: (...all: { dispose(): unknown }[]) => ({ dispose: () => all.forEach((each) => each.dispose()) }),
  },
  workspace: { onDidChangeConfiguration: nothing, getConfiguration: () => ({ get: () => interval }) },
  window: { onDidChangeWindowState: nothing },
}));
const { CopyService: Service } = await import('../../../../src/extension/copies/copyService.ts');

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const source: Target = { id: '', name: 'Default', kind: 'repository' };
const replica: Target = { id: 'copy', name: 'Copy', kind: 'repository', location: '/copy', replicaOf: '' };

/** What any window remembers. */
let state: Map<string, unknown>;
/** Times of the snapshots of the source. */
let snapshots: string[];
/** How runs go, one after the other; what none is said of is good at once. */
let runs: ((options: CallOptions) => Promise<void>)[];
let begun: number;
let open: CopyService[];

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T00:00:00Z') });
  interval = 60;
  state = new Map();
  snapshots = [];
  runs = [];
  begun = 0;
  open = [];
});
afterEach(() => {
  for (const service of open) service.dispose();
  vi.useRealTimers();
});

const pass = (time: number) => vi.advanceTimersByTimeAsync(time);
const fails = (code: ErrorCode) => () => Promise.reject(new CairnError(code, 'It failed.'));
/** A run that lasts until it is cancelled. */
const endless = ({ signal }: CallOptions) =>
  new Promise<void>((_, reject) => {
    signal!.addEventListener('abort', () => reject(new CairnError('aborted', 'Cancelled.')));
  });

/** A window of the editor. */
function openWindow() {
  const finished = new EventEmitter<unknown>();
  const engine = {
    call: async (_: string, { after = '' }: { after?: string }) => {
      const later = snapshots.filter((time) => time > after);
      return { count: later.length, ...(later.length > 0 && { oldest: later[0], newest: later.at(-1) }) };
    },
  };
  const copier = {
    call: async (_: string, __: unknown, options: CallOptions) => {
      begun++;
      const newest = snapshots.at(-1);
      await runs.shift()?.(options);
      return { state: 'done', created: false, files: 1, bytes: 1, removed: 0, waiting: 0, problems: [], newest };
    },
    close: () => Promise.resolve(),
  };
  const targets = {
    list: () => [source, replica],
    find: (id: string) => [source, replica].find((target) => target.id === id),
    sourceOf: () => source,
    replicasOf: () => [replica],
    repositoryRef: async () => ({}),
    use: (_: Target, run: (repository: object) => unknown) => run({}),
    onDidChange: nothing,
    touch: () => {},
  };
  const log = { info() {}, warn() {}, debug() {} };
  const globalState = {
    get: (key: string) => state.get(key),
    update: async (key: string, value: unknown) => void state.set(key, value),
  };
  const backups = { onDidFinish: finished.event };
  const parts = { context: { globalState }, engine, copier, log, targets, backups } as unknown as CopyParts;
  const service = new Service(parts);
  open.push(service);
  const backUp = () => {
    snapshots.push(new Date().toISOString());
    finished.fire({ target: source, report: { snapshot: {} } });
  };
  return { service, backUp };
}

test('a replica follows after a backup, and is caught up with after a start', async () => {
  const { service, backUp } = openWindow();
  backUp();
  await pass(30 * SECOND);
  expect(service.record(replica)).toMatchObject({ missing: 1 });
  await pass(31 * SECOND);
  expect(service.record(replica)).toMatchObject({
    missing: 0,
    newest: snapshots[0],
    lastGood: expect.any(Number) as number,
  });
  service.dispose();
  snapshots.push(new Date().toISOString());
  const next = openWindow();
  await pass(61 * MINUTE);
  expect(begun).toBe(2);
  expect(next.service.record(replica)).toMatchObject({ missing: 0, newest: snapshots[1] });
});

test('what is away is remembered, and comes after a pause', async () => {
  const { service, backUp } = openWindow();
  runs = [fails('target-unavailable'), fails('target-unavailable')];
  backUp();
  await pass(61 * SECOND);
  expect(service.record(replica)).toMatchObject({ missing: 1, failure: { isAway: true } });
  await pass(91 * SECOND);
  expect(begun).toBe(3);
  expect(service.record(replica)).not.toHaveProperty('failure');
});

test('a run gives way to who needs the repository, and goes on', async () => {
  const { service, backUp } = openWindow();
  runs = [endless];
  backUp();
  await pass(5 * MINUTE);
  expect(service.isReading(source)).toBe(true);
  await service.giveWay(source);
  expect(service.isReading(source)).toBe(false);
  expect(service.record(replica)).not.toHaveProperty('failure');
  await pass(31 * SECOND);
  expect(begun).toBe(2);
  expect(service.record(replica)).toMatchObject({ missing: 0 });
});

test('of two windows one copies', async () => {
  const [first] = [openWindow(), openWindow()];
  first.backUp();
  // The other looks for itself.
  await pass(10 * MINUTE);
  expect(begun).toBe(1);
});

test('who copies now joins what is under way, and may cancel it', async () => {
  const { service, backUp } = openWindow();
  runs = [endless];
  backUp();
  await pass(2 * MINUTE);
  const controller = new AbortController();
  const copy = service.copy(replica, { ask: true, signal: controller.signal });
  copy.catch(() => {});
  await pass(SECOND);
  expect(begun).toBe(1);
  controller.abort();
  await expect(copy).rejects.toMatchObject({ code: 'aborted' });
});

test('the end of the window ends a run, and no other begins', async () => {
  const { service, backUp } = openWindow();
  runs = [endless];
  backUp();
  await pass(2 * MINUTE);
  service.dispose();
  await pass(180 * MINUTE);
  expect(begun).toBe(1);
  await expect(service.copy(replica)).rejects.toMatchObject({ code: 'aborted' });
});

test('with an interval of 0 only a person copies', async () => {
  interval = 0;
  const { service, backUp } = openWindow();
  backUp();
  await pass(300 * MINUTE);
  expect(begun).toBe(0);
  expect(service.record(replica)).toMatchObject({ missing: 1 });
  await service.copy(replica, { ask: true });
  expect(service.record(replica)).toMatchObject({ missing: 0 });
});
