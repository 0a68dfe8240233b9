/** At every request of an operation on far storage, everything that a network or a server can do to it. */
import { seededRandom } from '../helpers/random.ts';
import { faultKinds, type FaultKind, type NetworkFault, type Watch } from '../servers/faultProxy.ts';
import { judgeMessages } from './judge.ts';
import {
  cairnThere,
  judgeKept,
  judgeSecondRun,
  networkOperations,
  networkScene,
  requireDone,
  UNHURRIED,
  type Hurry,
  type NetworkOperation,
  type NetworkScene,
} from './networkOperations.ts';
import { stopPlaces, type PlaceName } from './networkPlace.ts';
import type { Case, Part } from './part.ts';
import type { Run } from './programs.ts';

export const networkFaults = partOn('REST', 'network faults', { subjects: 1, cases: 5 });
/** Only whole: its server takes a while to start. */
export const networkFaultsOnS3 = partOn('S3', 'network faults on S3');

function partOn(place: PlaceName, name: string, sample?: NonNullable<Part['sample']>): Part {
  return {
    name,
    subjects: networkOperations.map((operation) => operation.name),
    cases: (subject, seed) => listCases(operationOf(subject), place, seed),
    ...(sample && { sample }),
    close: stopPlaces,
  };
}

function operationOf(name: string): NetworkOperation {
  return networkOperations.find((one) => one.name === name)!;
}

/** Of so many cases of an operation on S3 one is run: a case takes several times as long there. */
const ONE_OF_S3 = 6;

async function listCases(operation: NetworkOperation, placeName: PlaceName, seed: number): Promise<Case[]> {
  const count = await countRequests(operation, placeName);
  const random = seededRandom(seed);
  // Every request meets each kind; of once and for good it is the one at the next request.
  const faults = Array.from({ length: count }, (_, at) =>
    faultKinds.map((kind, number): NetworkFault => ({ kind, at, forGood: (at + number + seed) % 2 === 0 })),
  ).flat();
  return faults
    .filter(() => placeName === 'REST' || random.below(ONE_OF_S3) === 0)
    .map((fault) => ({
      name: `${operation.name}, ${fault.kind} ${fault.forGood ? 'from' : 'at'} request ${fault.at}`,
      run: () => runCase(operation, placeName, fault),
    }));
}

/** How many requests an operation makes in which nothing fails. */
async function countRequests(operation: NetworkOperation, placeName: PlaceName): Promise<number> {
  const scene = await networkScene(operation, placeName);
  try {
    const { requests } = scene.place.proxy.watch(scene.name);
    requireDone(operation.name, await cairnThere(scene, operation.args(scene), UNHURRIED));
    return requests.length;
  } finally {
    await scene.remove();
  }
}

/** What passes has all the time that a slow machine needs; what does not is given up soon. */
function hurryFor({ kind, forGood }: NetworkFault): Hurry {
  const patience = forGood ? 2_500 : 100_000;
  return kind === 'hang' ? { patience: Math.max(patience, 5_000), stuck: 2 } : { patience };
}

async function runCase(operation: NetworkOperation, placeName: PlaceName, fault: NetworkFault): Promise<void> {
  const scene = await networkScene(operation, placeName);
  try {
    const watch = scene.place.proxy.watch(scene.name, fault);
    const run = await cairnThere(scene, operation.args(scene), hurryFor(fault));
    scene.place.proxy.watch(scene.name);
    judgeTold(run, scene);
    judgeEnd(run, fault, watch, operation);
    // A replica keeps what it cannot find out about, and the second run removes it.
    if (run.status === 0 && !run.stderr.includes('that are due stay')) await operation.reached(scene);
    // What is compared by restoring it takes longer than all else.
    const isThorough = fault.at % 3 === 0;
    if (run.status !== 0 || isThorough) await judgeKept(operation, scene, isThorough);
    await judgeSecondRun(operation, scene, isThorough);
  } finally {
    await scene.remove();
  }
}

function judgeTold(run: Run, { name, place: { secrets, proxy } }: NetworkScene): void {
  judgeMessages(run, { repository: name, destination: proxy.endpoint });
  for (const secret of secrets)
    if ((run.stdout + run.stderr).includes(secret)) throw new Error('What it prints holds a secret.');
}

/** By these nothing gets lost, however often they befall. */
const harmless: readonly FaultKind[] = ['slow', 'duplicate'];

/** The exit code is that of what happened. */
function judgeEnd(
  { status, stderr }: Run,
  { kind, forGood }: NetworkFault,
  { struck }: Watch,
  { spare, goesOn }: NetworkOperation,
): void {
  const wrong = (what: string) => new Error(`${what}; it ended with ${status}:\n${struck.join('\n')}\n${stderr}`);
  const isIncomplete = goesOn === true && status === 3 && kind === 'refused';
  if (status !== 0 && status !== 1 && !isIncomplete) throw wrong('Nothing but success or failure is true here');
  if (status === 1 && struck.length === 0) throw wrong('Nothing went wrong');
  if (status === 1 && (harmless.includes(kind) || (kind !== 'refused' && !forGood)))
    throw wrong('It would have passed');
  if (/"reason":"(?:repository-(?:damaged|not-found)|file-not-found|snapshot-not-found|blob-\w+)"/.test(stderr))
    throw wrong('What is away was taken for damaged or absent');
  if (kind !== 'refused') return;
  const needed = struck.filter((request) => !spare?.test(request));
  // A lock that stays is worth a warning and no more; what was given to the next who needed it, not even that.
  if (status === 0 && forGood && needed.length > 0 && stderr === '')
    throw wrong('It was refused something, and says nothing');
  // A lock that could not be confirmed is taken away at once, and at the end.
  const asked = needed.filter((request) => !/^DELETE .*\/locks\//.test(request));
  // Each of two snapshots may ask for the folders that they share.
  if (new Set(asked).size < asked.length / 2) throw wrong('It was refused, and asked again and again');
}
