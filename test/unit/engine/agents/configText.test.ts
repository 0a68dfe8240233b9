import fc from 'fast-check';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { CONFIGURED_AGENTS, hookEntries, isOurs } from '../../../../src/engine/agents/agentConfigs.ts';
import { addHooks, presentEntries, removeHooks, undoSteps } from '../../../../src/engine/agents/configText.ts';

const program = { program: ['/usr/bin/node', "/opt/it's/cli.js"], options: ['--password-file', '/p'] };
const later = { program: ['/usr/bin/node', '/opt/other/cli.js'], options: [] };
const entriesOf = (agent: (typeof CONFIGURED_AGENTS)[number], how = program) => hookEntries(agent, how);
const json = (text: string) => parse(text) as Record<string, unknown>;

/** Hooks of other programs, and settings. */
const others = fc.dictionary(
  fc.constantFrom('PreToolUse', 'Stop', 'BeforeTool', 'preToolUse', 'SessionStart'),
  fc.array(
    fc.record({
      matcher: fc.string(),
      hooks: fc.array(fc.record({ type: fc.constant('command'), command: fc.string() })),
    }),
    { minLength: 1 },
  ),
);
const settings = fc.record(
  { model: fc.string(), env: fc.dictionary(fc.stringMatching(/^[A-Z"\\]+$/), fc.string()), hooks: others },
  { requiredKeys: [] },
);
const written = fc
  .tuple(settings, fc.constantFrom(undefined, 2, 4, '\t'), fc.constantFrom('', '\n', '\r\n\r\n'), fc.boolean())
  .map(([value, indent, end, crlf]) => {
    const text = JSON.stringify(value, undefined, indent) + end;
    return crlf ? text.replace(/\r?\n/g, '\r\n') : text;
  });

describe.each(CONFIGURED_AGENTS)('%s', (agent) => {
  test('what was put in comes out again to the byte, and nothing else changes meanwhile', () => {
    fc.assert(
      fc.property(fc.oneof(written, fc.constantFrom('', '\n', '{}', '{ // mine\n}', '{"hooks":{}}')), (before) => {
        const added = addHooks(agent, before, entriesOf(agent), 'f');
        expect(presentEntries(added.text, entriesOf(agent), 'f')).toEqual(entriesOf(agent));
        expect(undoSteps(added)).toBe(before);
        // Again changes nothing.
        expect(addHooks(agent, added.text, entriesOf(agent), 'f')).toEqual({ text: added.text, steps: [] });
        if (before.trim() === '') return;
        const { hooks } = json(added.text);
        expect(json(added.text)).toEqual({ ...json(before), hooks });
      }),
      { numRuns: 30 },
    );
  });

  test('others may change the file meanwhile', () => {
    fc.assert(
      fc.property(settings, (before) => {
        const added = addHooks(agent, JSON.stringify(before, undefined, 2), entriesOf(agent), 'f');
        const edited = JSON.stringify({ ...json(added.text), added: 'later' }, undefined, 4);
        const rest = json(removeHooks(agent, edited, 'f'));
        const { hooks = {}, ...expected } = { ...before, added: 'later' };
        expect(rest).toEqual(Object.keys(hooks).length > 0 ? { ...expected, hooks } : expected);
      }),
      { numRuns: 30 },
    );
  });

  test('another Cairn takes the place of the one before', () => {
    const added = addHooks(agent, '{"model": 1}', entriesOf(agent), 'f');
    const moved = addHooks(agent, added.text, entriesOf(agent, later), 'f');
    expect(presentEntries(moved.text, entriesOf(agent), 'f')).toEqual([]);
    expect(presentEntries(moved.text, entriesOf(agent, later), 'f')).toHaveLength(entriesOf(agent).length);
    expect(moved.text).not.toContain("it's");
    expect(json(removeHooks(agent, moved.text, 'f'))).toEqual({ model: 1 });
  });

  test('knows its own from others', () => {
    for (const { value } of entriesOf(agent)) expect(isOurs(agent, value)).toBe(true);
    for (const other of [
      { command: 'cairn hookah' },
      { hooks: [] },
      { hooks: [{ command: 'say hook claude' }] },
      'x',
      null,
    ])
      expect(isOurs(agent, other)).toBe(false);
  });

  test.each(['{', '[]', '"text"', '{"hooks": []}'])('refuses %j', (text) => {
    expect(() => addHooks(agent, text, entriesOf(agent), '/the/file')).toThrow(/\/the\/file .* nothing was changed/);
  });
});

test('a hook that a person added to an entry of ours stays', () => {
  const mine = { type: 'command', command: 'say done' };
  const [entry] = hookEntries('claude', program);
  const { hooks } = entry!.value as { readonly hooks: readonly object[] };
  const text = JSON.stringify({ hooks: { Stop: [{ hooks: [...hooks, mine] }] } });
  expect(json(removeHooks('claude', text, 'f'))).toEqual({ hooks: { Stop: [{ hooks: [mine] }] } });
});

test('programs are named so that the shells of each system start them', () => {
  const [codex] = hookEntries('codex', program);
  expect(codex).toMatchObject({
    value: { hooks: [{ command: expect.stringContaining(`'/opt/it'\\''s/cli.js' hook codex`) as string }] },
  });
  const [copilot] = hookEntries('copilot', program);
  expect(copilot!.value).toMatchObject({
    bash: `/usr/bin/node '/opt/it'\\''s/cli.js' hook copilot --event userPromptSubmitted --password-file /p || true`,
    powershell: `& '/usr/bin/node' '/opt/it''s/cli.js' 'hook' 'copilot' '--event' 'userPromptSubmitted' '--password-file' '/p'; exit 0`,
  });
  const [gemini] = hookEntries('gemini', { program: ['C:\\node.exe', 'C:\\cli.js'], options: [] });
  expect(gemini).toMatchObject({
    value: { hooks: [{ command: `& 'C:\\node.exe' 'C:\\cli.js' 'hook' 'gemini'; exit 0` }] },
  });
});
