import type { ProgressListener } from '../../base/progress.ts';
import type { EngineCommandName, EngineCommands, PartOf } from '../engineProtocol.ts';
import type { Engine } from './engine.ts';

/** What a command is called with besides its parameters. */
export interface Call {
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** The same, of a command whose result comes in parts. */
export interface CallInParts<Part> extends Call {
  readonly onPart: (part: Part) => void;
}

/** What the worker does for a command. */
export type Handler<K extends EngineCommandName> = (
  engine: Engine,
  params: EngineCommands[K]['params'],
  call: CallInParts<PartOf<K>>,
) => Promise<EngineCommands[K]['result']> | EngineCommands[K]['result'];

/** Handlers of some of the commands. */
export type Handlers<K extends EngineCommandName = EngineCommandName> = { readonly [name in K]: Handler<name> };
