import * as vscode from 'vscode';
import { CairnError, errorCode } from '../../base/errors.ts';
import { displayLocation, parseLocation } from '../../base/location.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { EngineClient } from '../../worker/engineClient.ts';
import type { RepositoryRef } from '../../worker/engineProtocol/refs.ts';
import { readGuard, readSetting, SECTION } from '../settings.ts';
import { askPassword } from './askPassword.ts';
import { parseCredentials, type Credentials } from './credentials.ts';
import { targetAccess } from './targetAccess.ts';

/** A place that backups go to. */
export interface Target {
  /** Lower-case letters and digits; empty for the default repository in the user's data folder. */
  readonly id: string;
  readonly name: string;
  /** `mirror` and `dated` are plain folders. */
  readonly kind: 'repository' | 'mirror' | 'dated';
  /** In restic's syntax; absent for the default repository. */
  readonly location?: string;
  readonly passwordFile?: DiskPath;
  readonly passwordCommand?: string;
  /** Of a repository elsewhere: what restic takes by `-o`, by whole name: `s3.region`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Of a repository elsewhere: a file of certificates in the form PEM that its server may have. */
  readonly cacert?: DiskPath;
  /** Of a repository elsewhere: a file with our certificate and its private key, both in the form PEM. */
  readonly tlsClientCert?: DiskPath;
  /** The id of the repository whose replica this is: nothing is backed up to it, and it has the same password. */
  readonly replicaOf?: string;
  /** Of `dated`: how many copies are kept; all, if absent. */
  readonly keep?: number;
}

export const isRepository = ({ kind }: Target): boolean => kind === 'repository';

/** Whether it is a copy of another repository, which alone changes it. */
export const isReplica = ({ replicaOf }: Target): boolean => replicaOf !== undefined;

/** Whether it is a repository that may be changed: no replica. */
export const isOwnRepository = (target: Target): boolean => isRepository(target) && !isReplica(target);

/** The folder of a target that is one: a mirror, or dated copies. */
export function folderOfTarget({ location = '' }: Pick<Target, 'location'>): DiskPath {
  return parseLocation(location).folder ?? location;
}

/** Where a target lies, for people: without what is secret. Absent for the default repository. */
export function shownLocation({ location }: Pick<Target, 'location'>): string | undefined {
  if (location === undefined) return undefined;
  const parsed = parseLocation(location);
  return parsed.kind === 'local' ? location : displayLocation(parsed);
}

/** Secrets of a target. What is absent stays as it is. */
export interface TargetSecrets {
  readonly password?: string;
  /** For the storage; empty if it needs none any more. */
  readonly credentials?: Credentials;
}

type RepositoryPassword = NonNullable<RepositoryRef['password']>;
type StoredTarget = Omit<Target, 'name'> & { readonly name?: string };

/** What says that a target cannot be reached. */
const awayCodes: ReadonlySet<string> = new Set(['target-unavailable', 'repository-not-found']);

/** The id of the default repository. */
const DEFAULT_TARGET_ID = '';

/** The targets of the settings, and the passwords in the editor's secret storage. */
export class TargetStore implements vscode.Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #engine: Pick<EngineClient, 'call'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #touched = new vscode.EventEmitter<Target>();
  readonly #listeners: vscode.Disposable;
  /** Questions that wait for a person, by target. */
  readonly #asking = new Map<string, Promise<string>>();
  /** Targets whose password a person did not give; nobody asks again until they do something with it. */
  readonly #declined = new Set<string>();
  /** Those that could not be reached when they were needed last, and why. */
  readonly #away = new Map<string, Error>();
  /** Of those that lack the right password, the last that was to be shown. */
  #inNeed: Target | undefined;
  /** What the settings say, until they change: each of thousands of file events asks. */
  #read: { readonly list: readonly Target[]; readonly primary: Target } | undefined;
  /** Fires when targets or passwords change. */
  readonly onDidChange = this.#changed.event;
  /** Fires when this window did something with a target that is worth another look at it. */
  readonly onDidTouch = this.#touched.event;

  constructor({ secrets }: Pick<vscode.ExtensionContext, 'secrets'>, engine: Pick<EngineClient, 'call'>) {
    this.#secrets = secrets;
    this.#engine = engine;
    this.#listeners = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((event) => {
        const names = ['targets', 'defaultTarget'];
        if (!names.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) return;
        this.#read = undefined;
        this.#changed.fire();
      }),
      secrets.onDidChange(({ key }) => {
        if (this.list().some(({ id }) => secretKey(id) === key || credentialsKey(id) === key)) this.#changed.fire();
      }),
    );
  }

  /** All targets; the default repository comes first. */
  list(): readonly Target[] {
    return (this.#read ??= readTargets()).list;
  }

  /** The target of automatic snapshots and of Back Up Workspace; the default repository if it is not there. */
  primary(): Target {
    return (this.#read ??= readTargets()).primary;
  }

  /** The repository that a replica follows; undefined if it is not among the targets. */
  sourceOf({ id, replicaOf }: Target): Target | undefined {
    const source = replicaOf === undefined ? undefined : this.find(replicaOf);
    return source?.id !== id && source?.kind === 'repository' && source.replicaOf === undefined ? source : undefined;
  }

  /** The replicas that follow a repository. */
  replicasOf(source: Target): Target[] {
    return this.list().filter((target) => target.replicaOf !== undefined && this.sourceOf(target)?.id === source.id);
  }

  find(id: string): Target | undefined {
    return this.list().find((target) => target.id === id);
  }

  /** Adds a target, or replaces the one with its id. Secrets go into the secret storage. */
  async save(target: Target, { password, credentials }: TargetSecrets = {}): Promise<void> {
    if (password !== undefined) await this.#keep(target.id, password);
    if (credentials) await this.#keepCredentials(target.id, credentials);
    const all = stored();
    const at = all.findIndex(({ id }) => id === target.id);
    await this.#write('targets', at < 0 ? [...all, target] : all.with(at, target));
  }

  /** Takes a target from the list, and its secrets from the secret storage. What lies there stays. */
  async remove(target: Target): Promise<void> {
    const { id } = target;
    const kept = await this.#secrets.get(secretKey(id));
    // Its replicas stay, and have no password but this one.
    for (const replica of kept === undefined ? [] : this.replicasOf(target))
      if ((await this.#secrets.get(secretKey(replica.id))) === undefined) await this.#keep(replica.id, kept!);
    await this.#write(
      'targets',
      stored().filter((target) => target.id !== id),
    );
    if (readSetting<string>('defaultTarget') === id) await this.#write('defaultTarget', undefined);
    await this.#secrets.delete(secretKey(id));
    await this.#secrets.delete(credentialsKey(id));
  }

  /** What the storage of a target is given to let us in. Never shown. */
  async credentials({ id }: Target): Promise<Credentials> {
    return parseCredentials(await this.#secrets.get(credentialsKey(id)));
  }

  async makePrimary({ id }: Target): Promise<void> {
    await this.#write('defaultTarget', id === DEFAULT_TARGET_ID ? undefined : id);
  }

  /** Drops the password from the secret storage, as when it comes from elsewhere now. */
  async dropPassword({ id }: Target): Promise<void> {
    await this.#secrets.delete(secretKey(id));
  }

  /**
   * How the engine opens a target. A password that should be in the secret storage and is not there is asked
   * for, checked and stored, once, unless `ask` is false. Throws `aborted` if the person gives none, and
   * `password-missing` from then on. `isAwaited` is false for work behind a person's back, which has time.
   */
  async repositoryRef(target: Target, { ask = true, isAwaited = true } = {}): Promise<RepositoryRef> {
    if (target.location === undefined) return { guard: readGuard() };
    const place = await this.placeOf(target, isAwaited);
    return { ...place, password: await this.#passwordOf(target, place, ask), guard: readGuard() };
  }

  /**
   * For what a person wants now: as {@link repositoryRef}, and asks again where they gave no password before, or
   * where the stored one turns out to be wrong. Throws what `run` throws.
   */
  async use<T>(target: Target, run: (repository: RepositoryRef) => Promise<T>): Promise<T> {
    this.#declined.delete(target.id);
    const repository = await this.repositoryRef(target);
    try {
      return await run(repository);
    } catch (error) {
      if (errorCode(error) !== 'wrong-password' || repository.password?.from !== 'text') throw error;
      await this.enterPassword(target);
      return run(await this.repositoryRef(target));
    }
  }

  /**
   * For what the editor shows by itself: as {@link repositoryRef}, and asks nothing. Throws what `run` throws, and
   * `PasswordNeededError` where a person can mend it.
   */
  async useUnasked<T>(target: Target, run: (repository: RepositoryRef) => Promise<T>): Promise<T> {
    try {
      const result = await run(await this.repositoryRef(target, { ask: false }));
      this.#noteAway(target, undefined);
      return result;
    } catch (error) {
      this.#noteAway(target, error);
      if (!isPasswordFailure(errorCode(error)) || !this.isPasswordAsked(target)) throw error;
      this.#inNeed = target;
      throw new PasswordNeededError((error as Error).message);
    }
  }

  /** Why a target cannot be reached, if it could not when it was needed last. */
  whyAway({ id }: Target): Error | undefined {
    return this.#away.get(id);
  }

  /** The target that could not be shown for want of its password, if there is one. */
  get inNeed(): Target | undefined {
    // It may have been edited or removed since.
    const target = this.#inNeed && this.find(this.#inNeed.id);
    return target && this.isPasswordAsked(target) ? target : undefined;
  }

  /** Whether the password of a target is what a person gives. */
  isPasswordAsked(target: Target): boolean {
    const { location, passwordFile, passwordCommand } = target;
    const source = this.sourceOf(target);
    if (source && !passwordFile && !passwordCommand) return this.isPasswordAsked(source);
    return location !== undefined && !passwordFile && !passwordCommand;
  }

  /** Asks for the password, whatever is stored, checks it and stores it. Throws `aborted` if the person gives none. */
  async enterPassword(target: Target): Promise<void> {
    this.#declined.delete(target.id);
    await this.#ask(target, await this.placeOf(target));
  }

  /** Says that something was done with a target. */
  touch(target: Target): void {
    this.#touched.fire(target);
  }

  /** Folders that must never be part of a backup. */
  folders(): DiskPath[] {
    return this.list().flatMap(({ location }) => {
      const folder = location === undefined ? undefined : parseLocation(location).folder;
      return folder === undefined ? [] : [folder];
    });
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#changed.dispose();
    this.#touched.dispose();
  }

  #noteAway(target: Target, error: unknown): void {
    const isAway = awayCodes.has(errorCode(error)) && target.location !== undefined;
    if (isAway === this.#away.has(target.id)) return;
    if (isAway) this.#away.set(target.id, error as Error);
    else this.#away.delete(target.id);
    // Its row says how it was before.
    this.#touched.fire(target);
  }

  async #write(name: string, value: unknown): Promise<void> {
    await vscode.workspace.getConfiguration(SECTION).update(name, value, vscode.ConfigurationTarget.Global);
    this.#read = undefined;
  }

  async #keep(id: string, password: string): Promise<void> {
    if (this.#inNeed?.id === id) this.#inNeed = undefined;
    await this.#secrets.store(secretKey(id), password);
  }

  async #keepCredentials(id: string, credentials: Credentials): Promise<void> {
    if (Object.keys(credentials).length === 0) await this.#secrets.delete(credentialsKey(id));
    else await this.#secrets.store(credentialsKey(id), JSON.stringify(credentials));
  }

  /** Where a target lies, and how to get there if that is elsewhere. */
  async placeOf(target: Target, isAwaited = true): Promise<Pick<RepositoryRef, 'location' | 'access'>> {
    const location = target.location!;
    if (parseLocation(location).kind === 'local') return { location };
    return { location, access: await targetAccess(target, await this.credentials(target), isAwaited) };
  }

  /** Of a replica that has none of its own it is that of its source. */
  async #passwordOf(target: Target, place: RepositoryRef, ask: boolean): Promise<RepositoryPassword> {
    const { id, location, passwordFile, passwordCommand } = target;
    if (location === undefined) return { from: 'default' };
    if (passwordFile) return { from: 'file', path: passwordFile };
    if (passwordCommand) return { from: 'command', command: passwordCommand };
    const kept = await this.#secrets.get(secretKey(id));
    const source = kept === undefined ? this.sourceOf(target) : undefined;
    if (source) return this.#passwordOf(source, ask ? await this.#placeOrNothing(source) : {}, ask);
    if (kept === undefined && !ask) throw missingPassword(target);
    return { from: 'text', text: kept ?? (await this.#ask(target, place)) };
  }

  /** Nothing for the default repository. */
  async #placeOrNothing(target: Target): Promise<RepositoryRef> {
    return target.location === undefined ? {} : this.placeOf(target);
  }

  /** One question at a time for each target, whoever asks. `place`: what the password has to open. */
  #ask(target: Target, place: RepositoryRef): Promise<string> {
    const { id } = target;
    const asking = this.#asking.get(id);
    if (asking) return asking;
    if (this.#declined.has(id)) return Promise.reject(missingPassword(target));
    const question = this.#askAndStore(target, place).finally(() => this.#asking.delete(id));
    this.#asking.set(id, question);
    return question;
  }

  async #askAndStore({ id, name }: Target, place: RepositoryRef): Promise<string> {
    try {
      const password = await askPassword(name, (text) =>
        this.#engine.call('repositoryInfo', { repository: { ...place, password: { from: 'text', text } } }),
      );
      await this.#keep(id, password);
      return password;
    } catch (error) {
      this.#declined.add(id);
      throw error;
    }
  }
}

/** The password of a target is missing or wrong, and a person can give it. */
export class PasswordNeededError extends CairnError {
  constructor(message: string) {
    super('password-missing', message);
  }
}

/** Whether something failed for want of the right password. */
export function isPasswordFailure(code: string): boolean {
  return code === 'wrong-password' || code === 'password-missing';
}

function missingPassword({ name }: Target): CairnError {
  const message = vscode.l10n.t('There is no password for {0}. Run "Cairn: Enter Password…" to give it.', name);
  return new CairnError('password-missing', message);
}

function readTargets() {
  const named = stored().map((target) => ({ ...target, name: target.name ?? shownLocation(target) ?? target.id }));
  const list: Target[] = [
    { id: DEFAULT_TARGET_ID, name: vscode.l10n.t('Local repository'), kind: 'repository' },
    ...named,
  ];
  const id = readSetting<string>('defaultTarget');
  const repositories = list.filter(isOwnRepository);
  return { list, primary: repositories.find((target) => target.id === id) ?? repositories[0]! };
}

function stored(): StoredTarget[] {
  return readSetting<StoredTarget[]>('targets');
}

function secretKey(id: string): string {
  return `target.${id}.password`;
}

function credentialsKey(id: string): string {
  return `target.${id}.credentials`;
}
