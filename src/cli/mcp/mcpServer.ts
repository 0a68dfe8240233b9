/**
 * Speaks MCP over standard input and output by the official SDK. A bundle of its own, which only `cairn mcp` loads:
 * it knows nothing of backups, which are the work that it is given.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';

/** What would be restored, as a person is asked about it. */
export interface RestoreQuestion {
  readonly text: string;
}

/** Asks a person. `cannot-ask`: the program of the agent has no way to. */
export type AskPerson = (question: RestoreQuestion, signal: AbortSignal) => Promise<'yes' | 'no' | 'cannot-ask'>;

/** What the tools do. Results are plain data; errors are sentences. */
export interface McpWork {
  createSnapshot(args: { readonly label: string }, signal: AbortSignal): Promise<object>;
  listSnapshots(
    args: { readonly limit: number; readonly actor?: string | undefined },
    signal: AbortSignal,
  ): Promise<object>;
  listChanges(args: { readonly snapshot: string }, signal: AbortSignal): Promise<object>;
  readFileVersion(args: { readonly snapshot: string; readonly path: string }, signal: AbortSignal): Promise<object>;
  diff(args: { readonly snapshot: string; readonly later?: string | undefined }, signal: AbortSignal): Promise<object>;
  previewRestore(args: RestoreArguments, signal: AbortSignal): Promise<object>;
  requestRestore(args: RestoreArguments, ask: AskPerson, signal: AbortSignal): Promise<object>;
}

export interface RestoreArguments {
  readonly snapshot: string;
  /** Empty: the whole folder. */
  readonly paths: readonly string[];
}

export interface ServeOptions {
  readonly version: string;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** The text of a result. */
  readonly write: (result: object) => string;
}

const snapshot = z.string().min(1).describe('An id of a snapshot, the beginning of one, or "latest".');
const path = z.string().min(1).describe('Absolute, or relative to the folder of the server.');
const restoring = {
  snapshot,
  paths: z.array(path).default([]).describe('Files and folders to bring back; all of the folder if there are none.'),
};
const looks = { readOnlyHint: true, openWorldHint: false } as const;

/** Serves until the other side closes the connection, or the signal fires. */
export async function serveMcp(work: McpWork, options: ServeOptions): Promise<void> {
  const { version, folder, signal } = options;
  const server = new McpServer(
    { name: 'cairn', title: 'Cairn', version },
    {
      instructions: `Snapshots of ${folder} on this machine. Make one before what cannot be taken back; look at what changed; bring files back. A person agrees to every restore. Nothing here removes anything.`,
    },
  );
  registerLooking(server, work, options);
  registerActing(server, work, options);
  const closed = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    process.stdin.once('end', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
}

function registerLooking(server: McpServer, work: McpWork, { write }: ServeOptions): void {
  server.registerTool(
    'list_snapshots',
    {
      title: 'List snapshots',
      description: 'The snapshots of this folder, newest first: id, time, label, and who changed things.',
      inputSchema: {
        limit: z.number().int().min(1).max(200).default(20),
        actor: z.string().optional().describe('Only what these changed: agent, agent:claude, editor, git or unknown.'),
      },
      annotations: looks,
    },
    async (args, { signal }) => answer(write, await work.listSnapshots(args, signal)),
  );
  server.registerTool(
    'list_changes',
    {
      title: 'List the changes of a snapshot',
      description: 'The files that a snapshot has new, changed or no more, compared with the one before it.',
      inputSchema: { snapshot },
      annotations: looks,
    },
    async (args, { signal }) => answer(write, await work.listChanges(args, signal)),
  );
  server.registerTool(
    'diff',
    {
      title: 'Compare a snapshot',
      description: 'The files that differ between a snapshot and the disk as it is now, or a later snapshot.',
      inputSchema: { snapshot, later: snapshot.optional() },
      annotations: looks,
    },
    async (args, { signal }) => answer(write, await work.diff(args, signal)),
  );
  server.registerTool(
    'read_file_version',
    {
      title: 'Read a file of a snapshot',
      description: 'The text of a file as a snapshot has it. Long files are cut off.',
      inputSchema: { snapshot, path },
      annotations: looks,
    },
    async (args, { signal }) => answer(write, await work.readFileVersion(args, signal)),
  );
  server.registerTool(
    'preview_restore',
    {
      title: 'Preview a restore',
      description: 'What request_restore would create and overwrite. Changes nothing.',
      inputSchema: restoring,
      annotations: looks,
    },
    async (args, { signal }) => answer(write, await work.previewRestore(args, signal)),
  );
}

function registerActing(server: McpServer, work: McpWork, { write }: ServeOptions): void {
  server.registerTool(
    'create_snapshot',
    {
      title: 'Make a snapshot',
      description: 'Stores this folder as it is now, before something that cannot be taken back. Costs little.',
      inputSchema: { label: z.string().min(1).max(200).describe('Why, in a few words. No secrets.') },
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    },
    async (args, { signal }) => answer(write, await work.createSnapshot(args, signal)),
  );
  server.registerTool(
    'request_restore',
    {
      title: 'Ask to restore files',
      description:
        'Asks the person whether to bring files back from a snapshot, over what is there now, and does it if they agree. A snapshot of the present state is made first.',
      inputSchema: restoring,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async (args, { signal }) => answer(write, await work.requestRestore(args, askBy(server), signal)),
  );
}

/** The answer counts only as a clear yes to the very question. */
function askBy({ server }: McpServer): AskPerson {
  return async ({ text }, signal) => {
    if (!server.getClientCapabilities()?.elicitation) return 'cannot-ask';
    const { action, content } = await server.elicitInput(
      {
        message: text,
        requestedSchema: {
          type: 'object',
          properties: { restore: { type: 'boolean', title: 'Restore these files', default: false } },
          required: ['restore'],
        },
      },
      // A person takes the time that they take.
      { signal, timeout: 3_600_000 },
    );
    return action === 'accept' && content?.['restore'] === true ? 'yes' : 'no';
  };
}

function answer(write: ServeOptions['write'], result: object): CallToolResult {
  return { content: [{ type: 'text', text: write(result) }] };
}
