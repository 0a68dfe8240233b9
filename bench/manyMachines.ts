/**
 * What several machines cost in one repository, against one repository each: time and memory to list snapshots, to back
 * up one machine on which nothing changed, and to prune.
 *
 *     npm run build && node bench/manyMachines.ts [--machines 1,5,20] [--files 20000] [--rounds 3]
 *
 * Each machine has a snapshot of so many small files of its own, the half of it changed once since. That of the machine
 * that is measured lies on the disk, scaled down to a twentieth; the others are made without files. Needs GNU time.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { storageAt } from '../src/base/storageAccess.ts';
import { openNamedRepository, withSession } from '../src/engine/index.ts';
import { TreeWriter } from '../src/engine/codec/treeWriter.ts';
import type { BlobId } from '../src/repository/format/ids.ts';
import type { Node } from '../src/repository/format/node.ts';
import { treeToJson } from '../src/repository/format/tree.ts';
import { blobId } from '../src/repository/hash.ts';
import { PackBuilder } from '../src/repository/pack/packBuilder.ts';
import { PackSaver } from '../src/repository/pack/packSaver.ts';
import { saveSnapshot } from '../src/repository/snapshots.ts';
import type { Session } from '../src/engine/session.ts';
import { run, type Measurement } from './measure.ts';
import { createCairn } from './programs/cairn.ts';
import { RESTIC_PASSWORD, resticRepository } from './programs/resticFormat.ts';
import { median } from './statistics.ts';
import { formatNumber, renderTable } from './table.ts';
import { copyDist, withWorkFolder } from './workFolder.ts';

const FILES_IN_FOLDER = 50;
/** The machine that is measured has one file on the disk for so many that others have. */
const OWN_PART = 20;
const TIME = '2026-01-01T00:00:00Z';

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '1,5,20' },
    files: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    work: { type: 'string' },
  },
});
const files = Number(values.files);

/** Stores what a machine has, in the state before its change or after it. Returns the folder list of the top. */
async function storeMachine(session: Session, saver: PackSaver, machine: number, state: number): Promise<BlobId> {
  const { repository, index } = session;
  const trees = new TreeWriter(session, saver);
  const packs = new PackBuilder({
    sealer: repository.sealer,
    zstd: repository.zstd,
    takeBuffer: (length) => Buffer.alloc(length),
  });
  const folders: Node[] = [];
  for (let folder = 0; folder * FILES_IN_FOLDER < files; folder++) {
    const isChanged = folder % 2 === 0;
    const nodes = Array.from({ length: FILES_IN_FOLDER }, (_, file) => {
      const content = Buffer.from(`machine ${machine}, file ${folder}/${file}, ${isChanged ? state : 0}`);
      const id = blobId(content);
      index.ensureRoom(1024);
      if (index.reserve('data', id) !== 'known') {
        for (const pack of packs.add('data', id, content).finished) void saver.submit(pack);
      }
      return nodeOf(`file ${1000 + file}`, { type: 'file', size: content.length, content: [id] });
    });
    const { id } = trees.write(treeToJson(nodes));
    folders.push(nodeOf(`folder ${100_000 + folder}`, { type: 'dir', subtree: id }));
    await saver.ready();
  }
  const top = trees.write(treeToJson(folders));
  trees.flush();
  if (!packs.isEmpty) void saver.submit(packs.finish());
  await saver.flush();
  return top.id;
}

function nodeOf(name: string, fields: Pick<Node, 'type'> & Partial<Node>): Node {
  const times = { mtime: TIME, atime: TIME, ctime: TIME };
  return { name, mode: 0o644, ...times, uid: 0, gid: 0, content: null, ...fields };
}

async function addMachines(store: string, first: number, end: number): Promise<void> {
  const repository = await openNamedRepository(storageAt(resticRepository(store)), {
    readPassword: () => Promise.resolve(RESTIC_PASSWORD),
  });
  await withSession(repository, { lock: 'shared' }, async (session) => {
    const saver = new PackSaver(repository, session.index);
    for (let machine = first; machine < end; machine++) {
      for (const state of [0, 1]) {
        const tree = await storeMachine(session, saver, machine, state);
        const time = `2026-01-0${1 + state}T00:00:00Z`;
        await saveSnapshot(repository, { time, tree, paths: ['/home'], hostname: `machine-${machine}` });
      }
    }
  });
  await repository.backend.close();
}

function makeSource(folder: string): void {
  for (let file = 0; file < files / OWN_PART; file++) {
    const place = join(folder, `folder-${Math.floor(file / FILES_IN_FOLDER)}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `file-${file}`), `own file ${file}`);
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function measureAll(workFolder: string): Promise<void> {
  const cairn = createCairn(copyDist(workFolder));
  const source = join(workFolder, 'source');
  makeSource(source);
  const store = join(workFolder, 'shared');
  mkdirSync(store);
  for (const command of cairn.init(store)) await run(command, workFolder);
  await run(cairn.backup(store, source), workFolder);
  const head = ['machines in it', 'index, MB', 'job', 'seconds', 'CPU', 'peak, MB'];
  const rows: string[][] = [head];
  let present = 0;
  for (const machines of values.machines.split(',').map(Number)) {
    await addMachines(store, present, machines);
    present = machines;
    const jobs = {
      'list snapshots': () => cairn.listSnapshots!(store),
      'back up, nothing changed': () => cairn.backup(store, source),
      'forget and prune': () => {
        rmSync(join(workFolder, 'pruned'), { recursive: true, force: true });
        cpSync(store, join(workFolder, 'pruned'), { recursive: true });
        const forget = cairn.forgetAtOnce!(join(workFolder, 'pruned'));
        return { ...forget, args: forget.args.map((arg) => (arg === '10' ? '1' : arg)) };
      },
    };
    const index = formatNumber(sizeOf(join(resticRepository(store), 'index')) / 1e6);
    for (const [title, command] of Object.entries(jobs)) {
      const measured: Measurement[] = [];
      for (let round = 0; round < Number(values.rounds); round++) measured.push(await run(command(), workFolder));
      const middle = (figure: 'wall' | 'cpu' | 'memory') => median(measured.map((one) => one[figure]));
      const figures = [middle('wall'), middle('cpu'), middle('memory') / 1e6].map(formatNumber);
      rows.push([String(machines), index, title, ...figures]);
      console.error(rows.at(-1)!.join('  '));
    }
  }
  console.log(renderTable(rows));
}

await withWorkFolder(values.work, 2e9, measureAll);
