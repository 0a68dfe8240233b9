import {
  currentOwner,
  dataFolder,
  keepGuard,
  noteBackup,
  noteOutcome,
  pathsOf,
  readSources,
  snapshotForAgent,
  sourcesOf,
  type AgentSnapshotOrder,
} from '../../engine/index.ts';
import { listenForRequests, type Accepted } from '../socket/engineServer.ts';
import type { EngineAnswer } from '../socket/engineWire.ts';
import type { Engine, OpenedRepository } from './engine.ts';

/** Lets other programs of this user, of the same version, ask an engine. Where that cannot be, they do without. */
export function answerOthers(engine: Engine, programVersion: string): void {
  const listening = listenForRequests({
    dataFolder: dataFolder(),
    program: programVersion,
    accept: ({ order }) => acceptOrder(engine, order, programVersion),
  });
  engine.beforeClose(() => listening.then((stop) => stop()).catch(() => {}));
}

/** Only what is open here: nobody is asked for a password, and what is away is not waited for. */
async function acceptOrder(
  engine: Engine,
  order: AgentSnapshotOrder,
  programVersion: string,
): Promise<Accepted | undefined> {
  const sources = readSources(dataFolder());
  const mine = (await engine.opened()).find(
    ({ id }) =>
      sourcesOf(
        sources.filter(({ repository }) => repository === id),
        order.event.places,
      ).length > 0,
  );
  return mine && (() => makeSnapshot(engine, mine, order, programVersion));
}

async function makeSnapshot(
  engine: Engine,
  { ref }: OpenedRepository,
  order: AgentSnapshotOrder,
  programVersion: string,
): Promise<EngineAnswer> {
  const { agent } = order.event;
  const repository = await engine.open(ref);
  const made = await snapshotForAgent(repository, engine.openSaveCodecs, order, {
    dataFolder: dataFolder(),
    programVersion,
    signal: engine.closing,
    useSession: (options, work) => engine.withSession(ref, options, work),
  });
  if (!made) return { declined: 'It was never backed up to this repository.' };
  const { snapshotId } = made.result;
  noteOutcome(
    dataFolder(),
    agent,
    snapshotId === undefined ? { kind: 'unchanged' } : { kind: 'snapshot', snapshot: snapshotId },
  );
  const facts = { paths: pathsOf(made.source), host: currentOwner().hostname, isOneOfMany: true };
  engine.noteLater(async (ledger) => {
    await keepGuard(repository);
    await noteBackup(ledger, repository, made.result, facts);
  });
  return { snapshot: snapshotId === undefined ? {} : { id: snapshotId } };
}
