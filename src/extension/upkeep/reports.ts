import * as vscode from 'vscode';

/** Documents that say what was found or would be done: Markdown, read-only, kept while the window is open. */
const SCHEME = 'cairn-report';

/** So many are kept; of an older one, the tab says that it is gone. */
const CAPACITY = 50;

const reports = new Map<string, string>();
let count = 0;

/** Lets the editor read reports. */
export function registerReports(): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: ({ path }) =>
      reports.get(path) ?? vscode.l10n.t('This report is not kept any more. Run the command again.'),
  });
}

/** Opens a report in an editor, beside nothing and without taking the focus from a question that follows. */
export async function showReport(name: string, markdown: string, options: vscode.TextDocumentShowOptions = {}) {
  const path = `/${++count}/${name.replace(/[/\\:]/g, ' ')}.md`;
  reports.set(path, markdown);
  if (reports.size > CAPACITY) reports.delete(reports.keys().next().value!);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: SCHEME, path }));
  return vscode.window.showTextDocument(document, { preview: true, ...options });
}
