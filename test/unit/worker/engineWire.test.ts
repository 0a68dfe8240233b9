import { expect, test } from 'vitest';
import { parseAnswer, parseRequest, toLine, type EngineRequest } from '../../../src/worker/socket/engineWire.ts';

const request: EngineRequest = {
  program: 'cairn 1.2.3',
  command: 'snapshotForAgent',
  order: { event: { agent: 'claude', moment: 'before-tool', session: 's', tool: 'Bash', places: ['/w'] }, turn: '1' },
};

test('a request and answers come out as they went in', () => {
  expect(parseRequest(toLine(request).trimEnd())).toEqual(request);
  for (const answer of [{ accepted: true as const }, { declined: 'No.' }, { snapshot: {} }, { snapshot: { id: 'ab' } }])
    expect(parseAnswer(toLine(answer))).toEqual(answer);
});

test('what is more, less or other than a request is none', () => {
  const { event } = request.order;
  const others = [
    { program: 1 },
    { command: 'forget' },
    { order: {} },
    { order: { event: { ...event, agent: 'nobody' } } },
    { order: { event: { ...event, moment: 'whenever' } } },
    { order: { event: { ...event, places: [1] } } },
    { order: { event: { ...event, places: Array(1_001).fill('/w') } } },
    { order: { event: { ...event, session: 'x'.repeat(10_000) } } },
    { order: { event, password: 'x' } },
  ];
  const lines = others.map((other) => JSON.stringify({ cairn: 1, ...request, ...other }));
  for (const line of [...lines, 'null', '[]', '', '{', JSON.stringify(request)])
    expect(parseRequest(line)).toBeUndefined();
  for (const line of ['null', '{"cairn":1}', '{"cairn":1,"snapshot":{"id":1}}', '{"cairn":2,"accepted":true}'])
    expect(parseAnswer(line)).toBeUndefined();
});
