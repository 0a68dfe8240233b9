/** Where each agent is told of hooks, and what: pure. */
import type { DiskPath } from '../../base/pathKinds.ts';
import { joinPath } from '../../disk/paths.ts';
import type { AgentName } from './agentEvents.ts';

/** The agents that have a file of their own for hooks; Visual Studio Code takes those of Claude Code. */
export const CONFIGURED_AGENTS = ['claude', 'codex', 'cursor', 'copilot', 'gemini'] as const satisfies AgentName[];
export type ConfiguredAgent = (typeof CONFIGURED_AGENTS)[number];

/** The folder in which each agent keeps what is a user's own. Absolute. */
export type AgentHomes = Readonly<Record<ConfiguredAgent, DiskPath>>;

/** How cairn is started: program and script, both absolute, and further options. */
export interface HookProgram {
  readonly program: readonly string[];
  readonly options: readonly string[];
}

/** An entry of the list of an event, below `hooks`. */
export interface HookEntry {
  readonly event: string;
  readonly value: object;
}

const fileNames: Readonly<Record<ConfiguredAgent, string>> = {
  claude: 'settings.json',
  codex: 'hooks.json',
  cursor: 'hooks.json',
  copilot: 'hooks/cairn.json',
  gemini: 'settings.json',
};

/** The file that tells an agent of hooks. */
export function hookFile(agent: ConfiguredAgent, homes: AgentHomes): DiskPath {
  return joinPath(homes[agent], fileNames[agent]);
}

/** What a file of hooks says beside them when it is new. */
export function newFile(agent: ConfiguredAgent): object {
  return agent === 'cursor' || agent === 'copilot' ? { version: 1 } : {};
}

/** Claude Code asks hooks only for tools that these are. */
const claudeTools = 'Bash|PowerShell|Write|Edit|MultiEdit|NotebookEdit|mcp__.*';
/** Seconds; the hook itself takes two at most. */
const TIMEOUT = 5;

/** The entries for an agent. Each agent has its own form. */
export function hookEntries(agent: ConfiguredAgent, how: HookProgram): HookEntry[] {
  const [program = '', ...script] = how.program;
  const args = (event?: string) => [
    ...script,
    'hook',
    agent,
    ...(event === undefined ? [] : ['--event', event]),
    ...how.options,
  ];
  const posix = (event?: string) => `${[program, ...args(event)].map(quotePosix).join(' ')} || true`;
  const powershell = (event?: string) => `& ${[program, ...args(event)].map(quotePowershell).join(' ')}; exit 0`;
  const here = (isWindows: boolean, event?: string) => (isWindows ? powershell(event) : posix(event));
  const isWindows = /^[A-Za-z]:\\|^\\\\/.test(program);
  switch (agent) {
    case 'claude': {
      const hooks = [{ type: 'command', command: program, args: args(), timeout: TIMEOUT }];
      return [
        { event: 'UserPromptSubmit', value: { hooks } },
        { event: 'PreToolUse', value: { matcher: claudeTools, hooks } },
        { event: 'Stop', value: { hooks } },
        { event: 'WorktreeRemove', value: { hooks } },
      ];
    }
    case 'codex': {
      const hooks = [
        {
          type: 'command',
          command: posix(),
          commandWindows: [program, ...args()].map((word) => `"${word}"`).join(' '),
          timeout: TIMEOUT,
        },
      ];
      return ['UserPromptSubmit', 'PreToolUse', 'Stop'].map((event) => ({ event, value: { hooks } }));
    }
    case 'cursor':
      return ['beforeSubmitPrompt', 'preToolUse', 'stop'].map((event) => ({
        event,
        value: { command: here(isWindows, event), timeout: TIMEOUT },
      }));
    case 'copilot':
      // A hook that fails forbids the tool: what is gone must not fail.
      return ['userPromptSubmitted', 'preToolUse', 'agentStop'].map((event) => ({
        event,
        value: { type: 'command', bash: posix(event), powershell: powershell(event), timeoutSec: TIMEOUT },
      }));
    case 'gemini': {
      const hooks = [{ type: 'command', name: 'cairn', command: here(isWindows), timeout: TIMEOUT * 1000 }];
      return ['BeforeAgent', 'BeforeTool', 'AfterAgent'].map((event) => ({ event, value: { hooks } }));
    }
  }
}

/** Whether a hook, or an entry that holds nothing but such, is one of ours for this agent, of whatever version. */
export function isOurs(agent: ConfiguredAgent, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { hooks } = value as { readonly hooks?: unknown };
  if (Array.isArray(hooks)) return hooks.length > 0 && hooks.every((hook) => isOurs(agent, hook));
  const { command, args, bash } = value as Readonly<Record<string, unknown>>;
  const words = [command, bash, ...(Array.isArray(args) ? (args as unknown[]) : [])].filter(
    (word) => typeof word === 'string',
  );
  return new RegExp(`(?:cairn|cli\\.js)['"]* +['"]*hook['"]* +['"]*${agent}\\b`).test(words.join(' '));
}

function quotePosix(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function quotePowershell(word: string): string {
  return `'${word.replaceAll("'", "''")}'`;
}
