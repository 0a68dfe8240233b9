/** What agents tell their hooks, understood: pure, and content with whatever comes. */
import type { DiskPath } from '../../base/pathKinds.ts';

/** The agents whose hooks are known; `vscode` is Visual Studio Code's own, which runs those of Claude Code. */
const AGENTS = {
  claude: 'Claude Code',
  codex: 'Codex',
  cursor: 'Cursor',
  copilot: 'Copilot',
  gemini: 'Gemini CLI',
  vscode: 'Visual Studio Code',
} as const;
export type AgentName = keyof typeof AGENTS;

/** When a hook was run. */
export type Moment = 'turn-begins' | 'before-tool' | 'turn-ends' | 'worktree-goes';

/** What a hook was told. */
export interface AgentEvent {
  readonly agent: AgentName;
  readonly moment: Moment;
  readonly session?: string;
  /** The agent's own id of the turn, if it has one. */
  readonly turn?: string;
  readonly tool?: string;
  /** Where the agent is at work. */
  readonly places: readonly DiskPath[];
}

/** The names that agents have for the moments, in lower case. */
const moments: Readonly<Record<string, Moment>> = {
  userpromptsubmit: 'turn-begins',
  userpromptsubmitted: 'turn-begins',
  beforesubmitprompt: 'turn-begins',
  beforeagent: 'turn-begins',
  pretooluse: 'before-tool',
  beforetool: 'before-tool',
  beforeshellexecution: 'before-tool',
  stop: 'turn-ends',
  stopfailure: 'turn-ends',
  agentstop: 'turn-ends',
  afteragent: 'turn-ends',
  interrupt: 'turn-ends',
  worktreeremove: 'worktree-goes',
};

/** Tools of any agent that only look, in lower case. One that is not known may change something. */
const onlyLook = new Set(
  (
    'read grep glob ls lsp webfetch websearch todowrite toolsearch askuserquestion exitplanmode enterplanmode taskoutput ' +
    'tasklist taskget view rg web_fetch web_search ask_user update_todo report_intent read_file read_many_files ' +
    'list_directory search_file_content grep_search google_web_search write_todos list_dir file_search semantic_search ' +
    'codebase_search update_plan view_image'
  ).split(' '),
);

/** An id that is longer is none. */
const MOST_CHARACTERS = 200;

export function isAgentName(word: string): word is AgentName {
  return Object.hasOwn(AGENTS, word);
}

/** What people call an agent. */
export function agentTitle(agent: AgentName): string {
  return AGENTS[agent];
}

/**
 * What a payload says to the hook of an agent. Undefined if there is nothing to do about it: it is no such payload, the
 * event is another one, or the tool only looks. `named` is the event as the command line of the hook says it, for those
 * that do not say it themselves.
 */
export function readAgentEvent(hook: AgentName, payload: unknown, named?: string): AgentEvent | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const text = (...fields: string[]) => fields.map((field) => textIn(payload, field)).find((value) => value);
  const moment = moments[(text('hook_event_name', 'hookEventName') ?? named ?? '').toLowerCase()];
  const tool = text('tool_name', 'toolName');
  if (moment === undefined || (moment === 'before-tool' && onlyLook.has(tool?.toLowerCase() ?? ''))) return undefined;
  const session = text('session_id', 'sessionId', 'conversation_id');
  const turn = text('turn_id', 'generation_id', 'prompt_id');
  return {
    agent: whoCalls(hook, payload),
    moment,
    ...(session !== undefined && session.length <= MOST_CHARACTERS && { session }),
    ...(turn !== undefined && turn.length <= MOST_CHARACTERS && { turn }),
    ...(tool !== undefined && tool.length <= MOST_CHARACTERS && { tool }),
    places: placesIn(payload, moment),
  };
}

/** Others run the hooks of Claude Code, too, and fill in what it does not. */
function whoCalls(hook: AgentName, payload: object): AgentName {
  if ('cursor_version' in payload) return 'cursor';
  if (hook !== 'claude' || !('timestamp' in payload)) return hook;
  return 'hookEventName' in payload ? 'vscode' : 'copilot';
}

function placesIn(payload: object, moment: Moment): DiskPath[] {
  const { workspace_roots: roots } = payload as Readonly<Record<string, unknown>>;
  const worktree = moment === 'worktree-goes' ? textIn(payload, 'worktree_path') : undefined;
  const places = [worktree, textIn(payload, 'cwd'), ...(Array.isArray(roots) ? (roots as unknown[]) : [])];
  return places.filter((place): place is DiskPath => typeof place === 'string' && place !== '');
}

function textIn(payload: object, field: string): string | undefined {
  const value: unknown = (payload as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
