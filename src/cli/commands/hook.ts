import { Option, type Command } from 'commander';
import {
  dataFolder,
  noteBackup,
  noteOutcome,
  currentOwner,
  openInlineCodecs,
  pathsOf,
  snapshotForAgent,
  type AgentSnapshotOrder,
} from '../../engine/index.ts';
import { answerHook } from '../answerHook.ts';
import { commandLineCodecs, ledgerOf, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { createCommand, type GlobalOptions } from '../globalOptions.ts';
import { namedLocation } from '../repositoryChoice.ts';
import { PROGRAM_NAME } from '../programVersion.ts';
import { runs } from '../runCommand.ts';

interface HookOptions {
  readonly event?: string;
  readonly order?: string;
}

/** `cairn hook`: run by agents. With `--order`, the snapshot that it starts. */
export function hookCommand(): Command {
  const snapshot = runs<HookOptions>((context, options) => makeSnapshot(context, options.order!));
  return (
    createCommand(
      'hook',
      'what agents run before tools and after turns: makes a snapshot of what changed',
      'Reads what the agent says from standard input, answers within two seconds in any case, and always succeeds; a snapshot that takes longer goes on by itself. "cairn agents install" has agents run it.',
    )
      .argument('[agent...]', 'claude, codex, cursor, copilot or gemini')
      .usage('AGENT [options]')
      .option('--event <name>', 'the event, for agents that do not say it')
      .addOption(new Option('--order <json>').hideHelp())
      // An agent must not be held up by what an older or a newer Cairn does not know.
      .allowUnknownOption()
      .addHelpText(
        'after',
        `
Examples:
  cairn hook claude < event.json                      as Claude Code runs it
  cairn hook copilot --event preToolUse < event.json
`,
      )
      .action(async (...args: unknown[]) => {
        const command = args.at(-1) as Command;
        const { order, event, ...options } = command.optsWithGlobals<GlobalOptions & HookOptions>();
        const isDefault = () => namedLocation({ options, workingFolder: dataFolder() }) === undefined;
        if (order === undefined) await answerHook(command.args[0] ?? '', event, isDefault);
        else await snapshot(...args);
      })
  );
}

async function makeSnapshot(context: CommandContext, json: string): Promise<number> {
  const order = JSON.parse(json) as AgentSnapshotOrder;
  const { agent, places } = order.event;
  const folder = dataFolder();
  try {
    return await withOpenRepository(context, {}, async (repository) => {
      const options = { dataFolder: folder, programVersion: PROGRAM_NAME, signal: context.signal };
      const codecs = openInlineCodecs(commandLineCodecs(context));
      const made = await snapshotForAgent(repository, codecs, order, options);
      if (!made) {
        noteOutcome(folder, agent, { kind: 'unprotected', message: places.join(', ') });
        return EXIT_FAILED;
      }
      const { snapshotId } = made.result;
      if (snapshotId === undefined) noteOutcome(folder, agent, { kind: 'unchanged' });
      else noteOutcome(folder, agent, { kind: 'snapshot', snapshot: snapshotId });
      const facts = { paths: pathsOf(made.source), host: currentOwner().hostname, isOneOfMany: true };
      await noteBackup(ledgerOf(context), repository, made.result, facts);
      return EXIT_DONE;
    });
  } catch (error) {
    noteOutcome(folder, agent, { kind: 'failed', message: (error as Error).message });
    throw error;
  }
}
