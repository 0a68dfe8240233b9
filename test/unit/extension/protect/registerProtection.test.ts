import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { vscodeStub } from '../../../helpers/vscodeStub.ts';

interface Folder {
  readonly name: string;
  readonly uri: { readonly fsPath: string; toString(): string };
}

let setting: string;
let isTrusted: boolean;
/** What is pressed; undefined for the cross. */
let answer: string | undefined;
let asked: { readonly text: string; readonly buttons: readonly string[] }[];
const listeners: Record<'granted' | 'configured' | 'lookedUp', () => void> = {
  granted: () => {},
  configured: () => {},
  lookedUp: () => {},
};
const on = (name: keyof typeof listeners) => (listener: (event: unknown) => void) => {
  listeners[name] = () => listener({ affectsConfiguration: (name: string) => name === 'cairn.protect' });
  return { dispose: () => {} };
};
vi.mock('vscode', () => ({
  ...vscodeStub,
  ConfigurationTarget: { Global: 1 },
  Disposable: { from: () => ({ dispose: () => {} }) },
  workspace: {
    get isTrusted() {
      return isTrusted;
    },
    getConfiguration: () => ({
      get: () => setting,
      update: (_: string, value: string) => {
        setting = value;
        listeners.configured();
        return Promise.resolve();
      },
    }),
    onDidGrantWorkspaceTrust: on('granted'),
    onDidChangeConfiguration: on('configured'),
  },
  window: {
    showInformationMessage: (text: string, ...buttons: string[]) => {
      asked.push({ text, buttons });
      return Promise.resolve(answer);
    },
  },
}));
const { registerProtection } = await import('../../../../src/extension/protect/registerProtection.ts');
const { isDeclined } = await import('../../../../src/extension/protect/protectAnswers.ts');

const state = new Map<string, unknown>();
const context = {
  workspaceState: {
    get: (key: string, absent: unknown) => state.get(key) ?? absent,
    update: (key: string, value: unknown) => Promise.resolve(void state.set(key, value)),
  },
} as never;
let unprotected: readonly Folder[];
/** First snapshots: those that were watched, and those made unasked. */
let made: string[];

const folder = (path: string): Folder => ({
  name: path,
  uri: { fsPath: join(dirname(homedir()), path), toString: () => `file:///${path}` },
});
const a = folder('me-a/a');
const b = folder('me-a/b');

function openWindow(...folders: Folder[]): void {
  unprotected = folders;
  const automatic = {
    get unprotected() {
      return unprotected;
    },
    onDidLookUp: on('lookedUp'),
    isProtected: () => false,
    tellChange: () => {},
    begin: ({ name }: Folder) => {
      made.push(`unasked ${name}`);
      unprotected = unprotected.filter((other) => other.name !== name);
    },
  };
  const cairn = {
    context,
    backups: { onDidFinish: () => {} },
    targets: { primary: () => undefined, use: () => Promise.resolve(void made.push('watched')) },
  };
  registerProtection(cairn as never, automatic as never);
}

/** The target says which folders it has no snapshot of, and the person has answered. */
async function lookUp(): Promise<void> {
  listeners.lookedUp();
  await new Promise((resolve) => setTimeout(resolve));
}

beforeEach(() => {
  setting = 'ask';
  isTrusted = true;
  answer = undefined;
  asked = [];
  made = [];
  state.clear();
});

test('asks once for each folder, whatever the answer', async () => {
  openWindow(a);
  await lookUp();
  await lookUp();
  expect(asked).toEqual([
    {
      text: expect.stringMatching(/^Cairn: me-a\/a is not protected\. /) as string,
      buttons: ['Protect This Folder', 'Always', 'Not This One'],
    },
  ]);
  openWindow(a, b);
  await lookUp();
  expect(asked.map(({ text }) => text.split(' is ')[0])).toEqual(['Cairn: me-a/a', 'Cairn: me-a/b']);
  expect(made).toEqual([]);
});

test('asks for several folders together', async () => {
  answer = 'Protect These Folders';
  openWindow(a, b);
  await lookUp();
  expect(asked).toHaveLength(1);
  expect(asked[0]!.text).toMatch(/^Cairn: me-a\/a, me-a\/b are not protected\. /);
  expect(made).toEqual(['watched']);
});

test('knows which folders are not to be protected', async () => {
  openWindow(a);
  await lookUp();
  expect(isDeclined(context, a as never)).toBe(false);
  state.clear();
  answer = 'Not This One';
  await lookUp();
  expect(isDeclined(context, a as never)).toBe(true);
  expect(made).toEqual([]);
});

test('always, once said, holds for other folders, too', async () => {
  answer = 'Always';
  openWindow(a);
  await lookUp();
  expect(setting).toBe('always');
  expect(new Set(made)).toEqual(new Set(['unasked me-a/a']));
  openWindow(b);
  await lookUp();
  expect(made.at(-1)).toBe('unasked me-a/b');
  expect(asked).toHaveLength(1);
});

test('always does not mean the home folder, nor one that it lies in', async () => {
  setting = 'always';
  const home = { name: 'home', uri: { fsPath: homedir(), toString: () => 'file:///home' } };
  const above = { name: 'above', uri: { fsPath: dirname(homedir()), toString: () => 'file:///above' } };
  openWindow(home, above);
  await lookUp();
  expect(made).toEqual([]);
  expect(asked).toHaveLength(1);
});

test('never asks nothing and does nothing', async () => {
  setting = 'never';
  openWindow(a);
  await lookUp();
  expect([asked, made]).toEqual([[], []]);
});

test('a folder that is not trusted waits until it is', async () => {
  setting = 'always';
  isTrusted = false;
  openWindow(a);
  await lookUp();
  expect([asked, made]).toEqual([[], []]);
  isTrusted = true;
  listeners.granted();
  expect(made).toEqual(['unasked me-a/a']);
});
