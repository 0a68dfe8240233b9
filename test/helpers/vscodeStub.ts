/**
 * As much of the editor's API as it takes to draw a row of a view, for `vi.mock('vscode', …)`. Texts are in
 * English, which the sources have; what an editor alone can do is in `test/vscode`.
 */
export const vscodeStub = {
  env: { language: 'en' },
  l10n: {
    t: (text: string, ...values: unknown[]) => text.replace(/\{(\d)\}/g, (_, at: string) => String(values[+at])),
  },
  TreeItem: class {
    readonly label: string;
    constructor(label: string) {
      this.label = label;
    }
  },
  MarkdownString: class {
    value = '';
    appendMarkdown(text: string) {
      this.value += text;
      return this;
    }
  },
  ThemeIcon: class {
    static readonly File = new this();
    static readonly Folder = new this();
  },
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  QuickPickItemKind: { Separator: -1, Default: 0 },
  FileType: { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 },
  FilePermission: { Readonly: 1 },
  Uri: { from: (parts: object) => parts },
  commands: { executeCommand: () => Promise.resolve() },
};
