import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { RepositoryRef } from '../../worker/engineProtocol.ts';
import { readSetting, SECTION } from '../settings.ts';

/** A place that backups go to. */
export interface Target {
  /** Lower-case letters and digits; empty for the default repository in the user's data folder. */
  readonly id: string;
  readonly name: string;
  /** `mirror` and `dated` are plain folders. */
  readonly kind: 'repository' | 'mirror' | 'dated';
  /** In restic's syntax; absent for the default repository. */
  readonly location?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
  /** Of `dated`: how many copies are kept; all, if absent. */
  readonly keep?: number;
}

/** The id of the default repository. */
const DEFAULT_TARGET_ID = '';

/** The targets of the settings, and the passwords in the editor's secret storage. */
export class TargetStore implements vscode.Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  /** Fires when targets or passwords change. */
  readonly onDidChange = this.#changed.event;

  constructor({ secrets }: Pick<vscode.ExtensionContext, 'secrets'>) {
    this.#secrets = secrets;
    this.#listener = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.targets`) || event.affectsConfiguration(`${SECTION}.defaultTarget`)) {
        this.#changed.fire();
      }
    });
  }

  /** All targets; the default repository comes first. */
  list(): Target[] {
    const named = readSetting<(Omit<Target, 'name'> & { readonly name?: string })[]>('targets');
    return [
      { id: DEFAULT_TARGET_ID, name: vscode.l10n.t('Default repository'), kind: 'repository' },
      ...named.map((target) => ({ ...target, name: target.name ?? target.location ?? target.id })),
    ];
  }

  /** The target of automatic snapshots and of Backup Workspace; the default repository if it is not there. */
  primary(): Target {
    const id = readSetting<string>('defaultTarget');
    const targets = this.list().filter(({ kind }) => kind === 'repository');
    return targets.find((target) => target.id === id) ?? targets[0]!;
  }

  find(id: string): Target | undefined {
    return this.list().find((target) => target.id === id);
  }

  /**
   * How the engine opens a target. A password that is kept nowhere is asked for, if `ask`.
   * Throws `password-missing` if there is none.
   */
  async repositoryRef(target: Target): Promise<RepositoryRef> {
    const { id, location, passwordFile, passwordCommand } = target;
    if (location === undefined) return {};
    if (passwordFile) return { location, password: { from: 'file', path: passwordFile } };
    if (passwordCommand) return { location, password: { from: 'command', command: passwordCommand } };
    const text = await this.#secrets.get(secretKey(id));
    if (text === undefined) {
      const message = vscode.l10n.t('There is no password for {0}. Run "Cairn: Edit Target…" to give it.', target.name);
      throw new CairnError('password-missing', message);
    }
    return { location, password: { from: 'text', text } };
  }

  /** Folders that must never be part of a backup. */
  folders(): string[] {
    return this.list().flatMap(({ location }) =>
      location === undefined || /^[a-z0-9]{2,}:/i.test(location) ? [] : [location],
    );
  }

  dispose(): void {
    this.#listener.dispose();
    this.#changed.dispose();
  }
}

function secretKey(id: string): string {
  return `target.${id}.password`;
}
