import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import { CONFIGURED_AGENTS, type ConfiguredAgent, type HookProgram } from '../../engine/agents/agentConfigs.ts';
// Not by way of the index: the engine of the editor is not to carry what edits such files.
import {
  hasAgent,
  hookStatus,
  installHooks,
  uninstallHooks,
  type HookChange,
  type HookPlaces,
  type HookStatus,
} from '../../engine/agents/installHooks.ts';
import { dataFolder, readSources, sourcesOf } from '../../engine/index.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { formatLocalTime } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { describeRepository } from '../lastingChoice.ts';
import { runs } from '../runCommand.ts';
import { shortId } from '../snapshotText.ts';

interface AgentsOptions {
  readonly all?: boolean;
}

/** `cairn agents`. */
export function agentsCommand(): Command {
  const names = `${CONFIGURED_AGENTS.slice(0, -1).join(', ')} or ${CONFIGURED_AGENTS.at(-1)!}; without any, those found here`;
  const command = (name: string, summary: string, details: string) =>
    createCommand(name, summary, details)
      .argument('[agent...]', names)
      .option('--all', 'all of them, whether they are found here or not');
  return createCommand(
    'agents',
    'have coding agents make snapshots before tools and after turns',
    'Each agent has hooks, which its own configuration names; this puts them there and takes them out again. They make snapshots of what was backed up before.',
  )
    .usage('COMMAND [options]')
    .addCommand(
      command(
        'install',
        'have agents run "cairn hook"',
        'What else is in their configuration stays as it is. A repository that is named with -r needs --password-file or --password-command.',
      ).action(runs<AgentsOptions, [string[]]>(install)),
    )
    .addCommand(
      command(
        'status',
        'say which hooks are there, and which have run',
        'An agent may pass over hooks in silence.',
      ).action(runs<AgentsOptions, [string[]]>(showStatus, { onlyPrints: true })),
    )
    .addCommand(
      command('remove', 'take the hooks out again', 'A file that nobody changed since becomes what it was.').action(
        runs<AgentsOptions, [string[]]>(remove),
      ),
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  cairn backup ~/project --workspace   once: hooks go on with what was backed up
  cairn agents install
  cairn agents status
  cairn agents remove --all
`,
    );
}

async function install(context: CommandContext, options: AgentsOptions, names: string[]): Promise<number> {
  const places = readPlaces();
  const program = hookProgram(context);
  return forEach(context, chooseAgents(options, names, places), (agent) => installHooks(agent, program, places));
}

async function remove(context: CommandContext, options: AgentsOptions, names: string[]): Promise<number> {
  const places = readPlaces();
  // One that is gone from here may have left its configuration, with our hooks in it.
  const chosen = names.length > 0 ? chooseAgents(options, names, places) : [...CONFIGURED_AGENTS];
  return forEach(context, chosen, (agent) => uninstallHooks(agent, places));
}

/** One that fails does not keep the others from theirs. */
async function forEach(
  { output }: CommandContext,
  agents: readonly ConfiguredAgent[],
  change: (agent: ConfiguredAgent) => Promise<HookChange>,
): Promise<number> {
  let exitCode = EXIT_DONE;
  for (const agent of agents) {
    try {
      const { file, change: done } = await change(agent);
      if (output.json) output.data({ message_type: 'agent_hooks', agent, file, change: done });
      else output.line(`${agent.padEnd(8)}  ${done.padEnd(9)}  ${file}`);
      if (agent === 'codex' && (done === 'installed' || done === 'updated'))
        output.note('Codex runs hooks only once they are trusted: open /hooks in Codex, and trust these');
    } catch (error) {
      exitCode = EXIT_FAILED;
      output.warn((error as Error).message, { item: agent });
    }
  }
  return exitCode;
}

async function showStatus(context: CommandContext, options: AgentsOptions, names: string[]): Promise<number> {
  const { output, workingFolder } = context;
  const places = readPlaces();
  const program = hookProgram(context);
  const chosen = names.length > 0 || options.all ? chooseAgents(options, names, places) : [...CONFIGURED_AGENTS];
  for (const agent of chosen) {
    const status = hookStatus(agent, program, places);
    if (output.json) output.data({ message_type: 'agent', ...statusToData(status) });
    else for (const line of describe(status)) output.line(line);
  }
  const isProtected = sourcesOf(readSources(places.dataFolder), [workingFolder]).length > 0;
  if (output.json) output.data({ message_type: 'summary', folder: workingFolder, protected: isProtected });
  else if (!isProtected)
    output.line(`${workingFolder} was never backed up, so hooks make no snapshots of it: "cairn backup" it once.`);
  return EXIT_DONE;
}

function statusToData({ agent, file, state, obstacles, notes }: HookStatus): object {
  const { ran, outcome } = notes;
  return { agent, file, state, obstacles, ran, ...(outcome && { outcome }) };
}

const states: Readonly<Record<HookStatus['state'], string>> = {
  installed: 'installed',
  other: 'not all of them, or of another Cairn: "cairn agents install" puts that right',
  none: 'not installed',
  'no-agent': 'not found here',
};

function describe({ title, file, state, obstacles, notes }: HookStatus): string[] {
  const { ran, outcome } = notes;
  const times = Object.entries(ran).map(([moment, time]) => `${moment} ${formatLocalTime(time)}`);
  const isThere = state === 'installed' || state === 'other';
  const about = outcome?.snapshot === undefined ? outcome?.message : shortId(outcome.snapshot);
  return [
    `${title}: ${states[state]} (${file})`,
    ...(isThere ? [`  ran: ${times.length > 0 ? times.join(', ') : 'never yet'}`] : []),
    ...(outcome
      ? [`  last: ${outcome.kind} ${formatLocalTime(outcome.time)}${about === undefined ? '' : ` (${about})`}`]
      : []),
    ...obstacles.map((obstacle) => `  ${obstacle}`),
  ];
}

function chooseAgents({ all }: AgentsOptions, names: readonly string[], places: HookPlaces): ConfiguredAgent[] {
  const wrong = names.find((name) => !(CONFIGURED_AGENTS as readonly string[]).includes(name));
  if (wrong !== undefined) {
    throw new CairnError('usage', `No agent "${wrong}" is known here. Known are ${CONFIGURED_AGENTS.join(', ')}.`);
  }
  if (names.length > 0) return CONFIGURED_AGENTS.filter((agent) => names.includes(agent));
  const chosen = CONFIGURED_AGENTS.filter((agent) => all || hasAgent(agent, places));
  if (chosen.length > 0) return chosen;
  throw new CairnError('usage', `No agent was found here. Name one of ${CONFIGURED_AGENTS.join(', ')}, or give --all.`);
}

function hookProgram(context: CommandContext): HookProgram {
  const { repository, repositoryFile, passwordFile, passwordCommand } = describeRepository(context);
  const option = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
  return {
    program: [process.execPath, __filename],
    options: [
      ...option('--repo', repository),
      ...option('--repository-file', repositoryFile),
      ...option('--password-file', passwordFile),
      ...option('--password-command', passwordCommand),
    ],
  };
}

function readPlaces(): HookPlaces {
  const { CLAUDE_CONFIG_DIR: claude, CODEX_HOME: codex, COPILOT_HOME: copilot } = process.env;
  const own = (name: string, named?: string) => named || join(homedir(), name);
  return {
    dataFolder: dataFolder(),
    homes: {
      claude: own('.claude', claude),
      codex: own('.codex', codex),
      cursor: own('.cursor'),
      copilot: own('.copilot', copilot),
      gemini: own('.gemini'),
    },
  };
}
