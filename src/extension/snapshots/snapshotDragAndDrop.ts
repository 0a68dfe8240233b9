import * as vscode from 'vscode';
import { snapshotUri } from '../documents/snapshotUri.ts';
import type { TreeNode } from '../treeNode.ts';
import { isSnapshotPlace } from './snapshotPlace.ts';

const URI_LIST = 'text/uri-list';

/** Lets files be dragged out of the tree: into an editor, or wherever addresses of documents are taken. */
export class SnapshotDragAndDrop implements vscode.TreeDragAndDropController<TreeNode> {
  readonly dragMimeTypes = [URI_LIST];
  readonly dropMimeTypes = [];

  handleDrag(nodes: readonly TreeNode[], transfer: vscode.DataTransfer): void {
    const uris = nodes.flatMap((node) => {
      if (!isSnapshotPlace(node) || node.path === undefined) return [];
      return [vscode.Uri.from(snapshotUri(node.row.id, node.path, node.target.id)).toString()];
    });
    if (uris.length > 0) transfer.set(URI_LIST, new vscode.DataTransferItem(uris.join('\r\n')));
  }
}
