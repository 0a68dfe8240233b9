import * as vscode from 'vscode';
import * as zlib from 'node:zlib';

/** Activates the extension, and tells what it runs on. */
export async function run(): Promise<{ active: boolean; path: string; vscode: string; node: string; zstd: boolean }> {
  const extension = vscode.extensions.getExtension('cairn-backup.cairn-backup')!;
  await extension.activate();
  return {
    active: extension.isActive,
    path: extension.extensionPath,
    vscode: vscode.version,
    node: process.versions.node,
    zstd: 'zstdCompressSync' in zlib,
  };
}
