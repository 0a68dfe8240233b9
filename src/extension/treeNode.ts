import type * as vscode from 'vscode';

/** A row of a tree view, which knows how it looks and what is in it. */
export interface TreeNode {
  /** Absent at the top. */
  readonly parent: TreeNode | undefined;
  /** Its id must be the same whenever the view is drawn, so that expansion and selection stay. */
  item(): vscode.TreeItem;
  /** What is said of it when the pointer rests on it; a view that asks for it leaves it out of the item. */
  tooltip?(): string | vscode.MarkdownString | Promise<vscode.MarkdownString>;
  /** What is in it; called when it is expanded. Absent for a leaf. */
  children?(): Promise<readonly TreeNode[]> | readonly TreeNode[];
}
