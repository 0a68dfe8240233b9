import { beforeEach, expect, test, vi } from 'vitest';
import type { OrderPlan } from '../../../../src/extension/restore/orderPlan.ts';
import { settleUnsavedEditors } from '../../../../src/extension/restore/settleUnsavedEditors.ts';

const { asked, textDocuments } = vi.hoisted(() => ({ asked: [] as string[], textDocuments: [] as unknown[] }));

vi.mock('vscode', async () => ({
  ...(await import('../../../helpers/vscodeStub.ts')).vscodeStub,
  TabInputCustom: class {},
  workspace: { textDocuments, notebookDocuments: [] },
  window: {
    tabGroups: { all: [] },
    showWarningMessage: async (question: string) => void asked.push(question),
  },
}));

beforeEach(() => void (asked.length = textDocuments.length = 0));

const planOf = (fsPath: string, truncated: boolean, ...paths: string[]) =>
  ({
    parts: [
      {
        part: { folder: { uri: { fsPath } }, paths: [] },
        preview: { lines: paths.map((path) => ({ path, change: 'overwrite' })) },
      },
    ],
    truncated,
  }) as unknown as OrderPlan;

/** Paths of files in editors as the editor has them, paths of plans as the engine has them. */
test.each([
  { open: '/w/src/a.ts', plan: planOf('/w', false, '/w/src/a.ts'), name: 'a.ts' },
  { open: '/w/src/a.ts', plan: planOf('/w', false, '/w/src/b.ts'), name: undefined },
  { open: '/w/src/a.ts', plan: planOf('/w', true), name: 'a.ts' },
  { open: '/wx/a.ts', plan: planOf('/w', true), name: undefined },
  { open: 'c:\\w\\src\\a.ts', plan: planOf('c:\\w', false, 'C:\\w\\src\\a.ts'), name: 'a.ts' },
  { open: 'c:\\w\\src\\a.ts', plan: planOf('c:\\w', false, 'C:\\W\\Src\\A.ts'), name: 'a.ts' },
  { open: 'c:\\w\\src\\a.ts', plan: planOf('c:\\w', false, 'C:\\w\\src\\b.ts'), name: undefined },
  { open: 'c:\\w\\src\\a.ts', plan: planOf('c:\\W', true), name: 'a.ts' },
  { open: 'c:\\wx\\a.ts', plan: planOf('c:\\w', true), name: undefined },
])('$open with changes is asked about where $plan.parts.0.preview.lines.0.path comes', async ({ open, plan, name }) => {
  textDocuments.push({ isDirty: true, uri: { scheme: 'file', fsPath: open, toString: () => open } });
  const goesOn = await settleUnsavedEditors(plan, { exact: true, gitFolders: false });
  expect(goesOn).toBe(name === undefined);
  expect(asked).toEqual(name === undefined ? [] : [`${name} has unsaved changes, and would be replaced.`]);
});
