import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAgentName, readAgentEvent, type AgentName } from '../../../../src/engine/agents/agentEvents.ts';

/** Payloads as the agents' own documentation has them. */
const claude = {
  session_id: 'abc123',
  transcript_path: '/home/me/.claude/projects/p/abc123.jsonl',
  cwd: '/home/me/p',
  permission_mode: 'default',
};
const codex = {
  session_id: 's',
  turn_id: 't7',
  transcript_path: null,
  cwd: '/p',
  model: 'm',
  permission_mode: 'default',
};
const cursor = {
  conversation_id: 'conv-123',
  generation_id: 'gen-456',
  workspace_roots: ['/home/me/p'],
  model: 'm',
  cursor_version: '3.7.21',
  user_email: null,
};
const gemini = { session_id: 'g', transcript_path: '/t.json', cwd: '/p', timestamp: '2026-11-01T10:00:00Z' };

describe('readAgentEvent', () => {
  test.each<[AgentName, object, string | undefined, object]>([
    [
      'claude',
      {
        ...claude,
        hook_event_name: 'PreToolUse',
        tool_name: 'Bash',
        tool_input: { command: 'rm -rf build' },
        tool_use_id: 'toolu_1',
      },
      undefined,
      { agent: 'claude', moment: 'before-tool', session: 'abc123', tool: 'Bash', places: ['/home/me/p'] },
    ],
    [
      'claude',
      { ...claude, hook_event_name: 'UserPromptSubmit', prompt: 'Do it' },
      undefined,
      { agent: 'claude', moment: 'turn-begins', session: 'abc123', places: ['/home/me/p'] },
    ],
    [
      'claude',
      { ...claude, hook_event_name: 'Stop', stop_hook_active: false },
      undefined,
      { agent: 'claude', moment: 'turn-ends', session: 'abc123', places: ['/home/me/p'] },
    ],
    [
      'claude',
      { ...claude, hook_event_name: 'WorktreeRemove', worktree_path: '/home/me/p-fix' },
      undefined,
      { agent: 'claude', moment: 'worktree-goes', session: 'abc123', places: ['/home/me/p-fix', '/home/me/p'] },
    ],
    [
      'codex',
      {
        ...codex,
        hook_event_name: 'PreToolUse',
        tool_name: 'apply_patch',
        tool_input: { command: '…' },
        tool_use_id: 'c',
      },
      undefined,
      { agent: 'codex', moment: 'before-tool', session: 's', turn: 't7', tool: 'apply_patch', places: ['/p'] },
    ],
    [
      'cursor',
      {
        ...cursor,
        hook_event_name: 'preToolUse',
        tool_name: 'Shell',
        tool_input: { command: 'ls' },
        cwd: '/home/me/p/src',
      },
      'preToolUse',
      {
        agent: 'cursor',
        moment: 'before-tool',
        session: 'conv-123',
        turn: 'gen-456',
        tool: 'Shell',
        places: ['/home/me/p/src', '/home/me/p'],
      },
    ],
    [
      'copilot',
      { sessionId: 'c1', timestamp: 1704614600000, cwd: '/p', toolName: 'bash', toolArgs: { command: 'rm -rf dist' } },
      'preToolUse',
      { agent: 'copilot', moment: 'before-tool', session: 'c1', tool: 'bash', places: ['/p'] },
    ],
    [
      'copilot',
      {
        sessionId: 'c1',
        timestamp: 1,
        cwd: '/p',
        transcriptPath: '/t',
        stopReason: 'end_turn',
        stop_hook_active: false,
      },
      'agentStop',
      { agent: 'copilot', moment: 'turn-ends', session: 'c1', places: ['/p'] },
    ],
    [
      'gemini',
      { ...gemini, hook_event_name: 'BeforeTool', tool_name: 'run_shell_command', tool_input: {} },
      undefined,
      { agent: 'gemini', moment: 'before-tool', session: 'g', tool: 'run_shell_command', places: ['/p'] },
    ],
    [
      'gemini',
      { ...gemini, hook_event_name: 'AfterAgent', prompt: 'p', prompt_response: 'r', stop_hook_active: false },
      undefined,
      { agent: 'gemini', moment: 'turn-ends', session: 'g', places: ['/p'] },
    ],
  ])('%s %j', (hook, payload, event, expected) => expect(readAgentEvent(hook, payload, event)).toEqual(expected));

  test('tells whoever runs the hooks of Claude Code from Claude Code', () => {
    const event = { hook_event_name: 'Stop', cwd: '/p' };
    expect(readAgentEvent('claude', { ...cursor, ...event })?.agent).toBe('cursor');
    expect(readAgentEvent('claude', { ...event, session_id: 's', timestamp: '2026' })?.agent).toBe('copilot');
    const vscode = { hookEventName: 'Stop', sessionId: 's', cwd: '/p', timestamp: '2026' };
    expect(readAgentEvent('claude', vscode)).toEqual({
      agent: 'vscode',
      moment: 'turn-ends',
      session: 's',
      places: ['/p'],
    });
  });

  test.each([
    ['a tool that only looks', { ...claude, hook_event_name: 'PreToolUse', tool_name: 'Read' }],
    ['another event', { ...claude, hook_event_name: 'Notification' }],
    ['no event', claude],
    ['nothing', null],
    ['text', 'PreToolUse'],
    ['a list', [1]],
  ])('has nothing to do for %s', (_what, payload) => expect(readAgentEvent('claude', payload)).toBeUndefined());

  test('takes whatever comes', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({
        hook_event_name: fc.constantFrom('Stop', 'PreToolUse'),
        session_id: fc.jsonValue(),
        cwd: fc.jsonValue(),
        tool_name: fc.jsonValue(),
        workspace_roots: fc.jsonValue(),
      }),
    );
    fc.assert(
      fc.property(value, (payload) => {
        const event = readAgentEvent('gemini', payload);
        for (const place of event?.places ?? []) expect(typeof place).toBe('string');
        expect(event === undefined || isAgentName(event.agent)).toBe(true);
      }),
    );
  });
});
