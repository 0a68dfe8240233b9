import * as vscode from 'vscode';
import { parseLocation } from '../../base/location.ts';
import type { Cairn } from '../cairn.ts';
import { lastName } from '../diskPaths.ts';
import { checkPassword } from './checkPassword.ts';
import { splitCredentials } from './credentials.ts';
import { refOf, type Draft } from './draft.ts';
import { needSteps } from './far/needSteps.ts';
import { placeSteps, type PlaceKind } from './far/placeSteps.ts';
import { placeName } from './far/readAnswers.ts';
import { tryAnswer, type FarQuestions } from './far/trial.ts';
import { acceptWarnings, chooseFolder, examineFolder } from './folderPlace.ts';
import { newPasswordStep, passwordSourceStep, typePasswordStep } from './passwordSteps.ts';
import { findSource, refuseReplica, sourceItems } from './replicaSource.ts';
import { back, type Choice, chooseStep, textStep, type Step } from './steps.ts';
import { refuseKeep } from './targetAnswers.ts';
import type { Target } from './targetStore.ts';

/** The first of the questions that make a target of a draft: of a `source` it becomes a replica. */
export function addSteps(cairn: Cairn, draft: Draft, source?: Target): Step {
  const name = nameStep(draft);
  const done = source ? replicaStep(cairn, draft, source, name) : contentSteps(cairn, draft, name);
  const questions: FarQuestions = { cairn, place: draft, done, needs: needSteps(() => questions) };
  const where = whereStep(questions, draft);
  if (source) return where;
  return async (place) => {
    const chosen = await chooseStep(place, vscode.l10n.t('What kind of target?'), kindItems());
    if (chosen === back) return back;
    draft.kind = chosen;
    return where;
  };
}

function whereStep(questions: FarQuestions, draft: Draft): Step {
  const { cairn, done } = questions;
  const far = placeSteps(questions);
  const typed: Step = async (place) => {
    let next = done;
    const location = await textStep(place, {
      prompt: vscode.l10n.t('The absolute path of a folder, or a location in the syntax of restic'),
      placeholder: process.platform === 'win32' ? 'D:\\Backup' : '/media/disk/backup',
      pending: vscode.l10n.t('Looking at that place…'),
      async refuse(text, signal) {
        const typedText = text.trim();
        if (parseLocation(typedText).kind !== 'local') {
          if (draft.kind !== 'repository') return vscode.l10n.t('Plain copies go into folders only.');
          const answer = await tryAnswer(questions, splitCredentials(typedText), undefined, signal);
          if (typeof answer === 'string') return answer;
          next = answer;
          return undefined;
        }
        const answer = await examineFolder(cairn, draft.kind, typedText);
        if (typeof answer === 'string') return answer;
        takeFolder(draft, answer);
        return undefined;
      },
    });
    return location === back ? back : next;
  };
  return async (place) => {
    Object.assign(draft, { options: {}, credentials: {}, cacert: undefined, tlsClientCert: undefined });
    const chosen = await chooseStep(place, vscode.l10n.t('Where should the backups go?'), placeItems(draft.kind));
    if (chosen === back) return back;
    if (chosen === 'typed') return typed;
    if (chosen !== 'folder') return far[chosen];
    const answer = await chooseFolder(cairn, draft.kind);
    if (answer === back) return whereStep(questions, draft)(place);
    takeFolder(draft, answer);
    return done;
  };
}

function takeFolder(draft: Draft, probe: NonNullable<Draft['probe']>): void {
  draft.probe = probe;
  draft.location = probe.folder!;
}

/** Holds the place of a replica against its source. */
function replicaStep(cairn: Cairn, draft: Draft, source: Target, name: Step): Step {
  return async (place) => {
    const isThere = draft.probe!.kind === 'repository';
    const refusal = isThere ? await refuseReplica(cairn, source, await refOf(draft)) : undefined;
    if (refusal !== undefined) {
      await vscode.window.showErrorMessage(refusal, { modal: true });
      return back;
    }
    if (!(await acceptWarnings(draft.location, draft.probe!))) return back;
    draft.replicaOf = source.id;
    return name(place);
  };
}

/** What is to be there: a repository that is there already, a new one, a replica, or plain files. */
function contentSteps(cairn: Cairn, draft: Draft, name: Step): Step {
  const existing: Step = async (place) => {
    const question = vscode.l10n.t('A repository is there already. Where does its password come from?');
    const from = await passwordSourceStep(place, question, false);
    if (from === back) return back;
    const repository = await refOf(draft);
    const password = await typePasswordStep(place, from, checkPassword(cairn, repository));
    if (password === back) return existing(place);
    draft.password = password;
    return copyStep(cairn, draft, name);
  };

  const fresh: Step = async (place) => {
    const question = vscode.l10n.t('A new repository is made. Where does its password come from?');
    const from = await passwordSourceStep(place, question, true);
    if (from === back) return back;
    const password = await newPasswordStep(place, from);
    if (password === back) return fresh(place);
    draft.isGenerated = from === 'generate';
    draft.password = password;
    return name;
  };

  const purpose: Step = async (place) => {
    const newOne = {
      iconPath: new vscode.ThemeIcon('add'),
      label: vscode.l10n.t('A New Repository'),
      detail: vscode.l10n.t('Backups go straight to it. It has a password of its own.'),
      value: null,
    };
    const question = vscode.l10n.t('Nothing is there yet. What should it become?');
    const chosen = await chooseStep<string | null>(place, question, [newOne, ...sourceItems(cairn)]);
    if (chosen === back) return back;
    draft.replicaOf = chosen ?? undefined;
    if (chosen !== null) draft.password = undefined;
    return chosen === null ? fresh : name;
  };

  return async (place) => {
    draft.replicaOf = undefined;
    if (!(await acceptWarnings(draft.location, draft.probe!))) return back;
    if (draft.kind !== 'repository') return name(place);
    return (draft.probe!.kind === 'repository' ? existing : purpose)(place);
  };
}

/** Asks what a repository should be that is a copy of a target; nothing, if it is none. */
function copyStep(cairn: Cairn, draft: Draft, name: Step): Step {
  return async (place) => {
    const source = await findSource(cairn, await refOf(draft));
    if (!source) return name(place);
    const question = vscode.l10n.t('This is a copy of {0}. What should it be?', source.name);
    const replica = {
      iconPath: new vscode.ThemeIcon('copy'),
      label: vscode.l10n.t('Its Replica'),
      detail: vscode.l10n.t('It is kept equal to {0}, and has the same password.', source.name),
      value: true,
    };
    const own = {
      iconPath: new vscode.ThemeIcon('database'),
      label: vscode.l10n.t('A Target of Its Own'),
      detail: vscode.l10n.t('Backups can go to it, and nothing is copied to it.'),
      value: false,
    };
    const chosen = await chooseStep(place, question, [replica, own]);
    if (chosen === back) return back;
    draft.replicaOf = chosen ? source.id : undefined;
    if (chosen) draft.password = undefined;
    return name;
  };
}

function nameStep(draft: Draft): Step {
  const keep: Step = async (place) => {
    const prompt = vscode.l10n.t('How many copies are kept? Empty for all.');
    const answer = await textStep(place, { prompt, value: '10', refuse: refuseKeep });
    if (answer === back) return back;
    draft.keep = answer.trim() ? Number(answer) : undefined;
    return undefined;
  };
  return async (place) => {
    const prompt = vscode.l10n.t('A name for the target');
    const refuse = (text: string) => (text.trim() ? undefined : vscode.l10n.t('Give it a name.'));
    const answer = await textStep(place, { prompt, value: draft.name || suggestName(draft.location), refuse });
    if (answer === back) return back;
    draft.name = answer.trim();
    return draft.kind === 'dated' ? keep : undefined;
  };
}

function suggestName(location: string): string {
  const parsed = parseLocation(location);
  return parsed.kind === 'local' || parsed.kind === 'unusable' ? lastName(location) : placeName(parsed);
}

function kindItems() {
  return [
    {
      iconPath: new vscode.ThemeIcon('database'),
      label: vscode.l10n.t('Repository'),
      detail: vscode.l10n.t(
        'Every version, encrypted and deduplicated, in the format of restic. An existing repository can be used.',
      ),
      value: 'repository' as const,
    },
    {
      iconPath: new vscode.ThemeIcon('folder'),
      label: vscode.l10n.t('Plain Mirror'),
      detail: vscode.l10n.t('Plain files that anyone can open, kept identical to the workspace. One version.'),
      value: 'mirror' as const,
    },
    {
      iconPath: new vscode.ThemeIcon('folder-library'),
      label: vscode.l10n.t('Dated Copies'),
      detail: vscode.l10n.t('A plain folder for each backup; unchanged files share their space with the copy before.'),
      value: 'dated' as const,
    },
  ];
}

function placeItems(kind: Draft['kind']) {
  const far: Choice<PlaceKind>[] = [
    {
      iconPath: new vscode.ThemeIcon('terminal'),
      label: vscode.l10n.t('A Server by SSH…'),
      detail: vscode.l10n.t('Any machine that you can log in to; nothing needs to be installed there.'),
      value: 'sftp',
    },
    {
      iconPath: new vscode.ThemeIcon('server'),
      label: vscode.l10n.t("restic's REST Server…"),
      detail: vscode.l10n.t('A small server that is made for repositories.'),
      value: 'rest',
    },
    {
      iconPath: new vscode.ThemeIcon('cloud'),
      label: vscode.l10n.t('A Bucket of S3…'),
      detail: vscode.l10n.t('Of Amazon, Backblaze, Cloudflare, Wasabi, MinIO and all others that speak S3.'),
      value: 's3',
    },
    {
      iconPath: new vscode.ThemeIcon('globe'),
      label: vscode.l10n.t('A Remote of rclone…'),
      detail: vscode.l10n.t('Google Drive, OneDrive, Dropbox, Azure, WebDAV and many more.'),
      value: 'rclone',
    },
  ];
  return [
    {
      iconPath: new vscode.ThemeIcon('folder-opened'),
      label: vscode.l10n.t('Choose a Folder…'),
      value: 'folder' as const,
    },
    ...(kind === 'repository' ? far : []),
    { iconPath: new vscode.ThemeIcon('edit'), label: vscode.l10n.t('Type a Location…'), value: 'typed' as const },
  ];
}
