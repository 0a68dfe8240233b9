import { EngineClient, type EngineClientOptions } from '../../src/worker/engineClient.ts';
import type { SourceRef, SourceRules } from '../../src/worker/engineProtocol/refs.ts';
import { bundle } from './bundle.ts';

let files: Pick<EngineClientOptions, 'threadFile' | 'codecFile'> | undefined;

/** The engine behind a real thread, with one codec thread. Their sources are bundled once for a test file. */
export function newEngineClient(options: Pick<EngineClientOptions, 'onCrash' | 'listenAs'> = {}): EngineClient {
  files ??= { threadFile: bundle('src/worker/engineThread.ts'), codecFile: bundle('src/worker/codecThread.ts') };
  return new EngineClient({ ...files, codecThreads: 1, ...options });
}

/** A folder as the editor backs it up, by rules that leave out only what ignore files say. */
export function sourceOf(folder: string, rules: Partial<SourceRules> = {}): SourceRef {
  return {
    folder,
    rules: { exclude: [], alwaysInclude: [], useIgnoreFiles: true, gitFolders: true, never: [], ...rules },
  };
}
