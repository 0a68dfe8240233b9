import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from 'commander';
import { displayJson } from '../../base/rawName.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import type * as McpModule from '../mcp/mcpServer.ts';
import { mcpWork } from '../mcp/mcpWork.ts';
import { PROGRAM_VERSION } from '../programVersion.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';

/** `cairn mcp`. */
export function mcpCommand(): Command {
  return createCommand(
    'mcp',
    'offer snapshots to an agent as tools (MCP, over standard input and output)',
    'An agent can make snapshots of the folder, look into them, compare, and ask for files to be brought back; a person agrees to every restore. Nothing that removes is offered.',
  )
    .argument('[folder]', 'the only folder that it is about; where it is started, unless stated')
    .action(runs<object, [string | undefined]>(serve))
    .addHelpText(
      'after',
      `
Examples:
  cairn mcp ~/project
  claude mcp add cairn -- cairn mcp
`,
    );
}

async function serve(context: CommandContext, _options: object, folder = '.'): Promise<number> {
  // Nothing else needs what is in it.
  const { serveMcp } = createRequire(__filename)(join(__dirname, 'mcp.js')) as typeof McpModule;
  const place = resolvePath(context.workingFolder, folder);
  await serveMcp(mcpWork(context, place), {
    version: PROGRAM_VERSION,
    folder: place,
    signal: context.signal,
    write: (result) => displayJson(JSON.stringify(result)),
  });
  return EXIT_DONE;
}
