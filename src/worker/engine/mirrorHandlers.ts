import { CairnError } from '../../base/errors.ts';
import {
  chooseCopyFolder,
  executeMirror,
  findDuplicates,
  mirrorPlanLines,
  noteMirror,
  planMirror,
  type MirrorLine,
  type MirrorPlan,
  isInside,
} from '../../engine/index.ts';
import type { MirrorPreview } from '../engineProtocol/mirror.ts';
import type { Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';

/** As many lines of a plan as a person may want to look through. */
const MAX_LINES = 5_000;

/** When the source of a plan was looked at. */
const lookedAt = new WeakMap<MirrorPlan, Date>();

/** Plain folders: copies of a source, and files that are there twice. */
export const mirrorHandlers: Handlers<'planMirror' | 'executeMirror' | 'dropMirrorPlan' | 'findDuplicates'> = {
  async planMirror(engine, { source, destination: wanted, mayRename = false, dated }, call) {
    const { never } = source.rules;
    const { folder: destination, notice = undefined } = mayRename
      ? chooseCopyFolder(source.folder, wanted)
      : { folder: wanted };
    // What is never backed up is never touched in the copy, either; a target's own folder is the copy's.
    const rules = ignoreOptions({ ...source.rules, never: never.filter((path) => !isInside(destination, path)) });
    const began = new Date();
    const planned = await planMirror(source.folder, destination, { rules, ...call, ...(dated && { dated }) });
    const plan = notice === undefined ? planned : { ...planned, notices: [notice, ...planned.notices] };
    lookedAt.set(plan, began);
    return preview(plan, engine.mirrorPlans.add(plan));
  },

  async executeMirror(engine, { planId, force }, call) {
    const plan = engine.mirrorPlans.take(planId);
    if (!plan) throw new CairnError('refused', 'What was to be mirrored is not known any more. Start again.');
    const result = await executeMirror(plan, { force, ...call });
    await noteMirror(engine.ledger, plan, result, lookedAt.get(plan) ?? new Date());
    const { copied, bytes, linked, deleted, postponed, problems, notices, name } = result;
    return {
      copied,
      bytes,
      linked,
      deleted,
      postponed,
      problems: problems.map(({ message }) => message),
      notices,
      ...(name !== undefined && { name }),
    };
  },

  dropMirrorPlan(engine, { planId }) {
    engine.mirrorPlans.take(planId);
  },

  async findDuplicates(_engine, { folders, rules, limit }, call) {
    const report = await findDuplicates(folders, { rules: ignoreOptions(rules), ...call });
    return {
      sets: report.sets.slice(0, limit).map(({ size, paths, wasted }) => ({ size, paths, wasted })),
      totalSets: report.sets.length,
      files: report.files,
      duplicateFiles: report.duplicateFiles,
      wastedBytes: report.wastedBytes,
      unreadable: report.unreadable.length,
    };
  },
};

/** What is lost if a person overlooks it stands first. */
function rank({ action, isNew }: MirrorLine): number {
  return action === 'delete' ? 0 : action === 'copy' && !isNew ? 1 : action === 'copy' ? 2 : 3;
}

function preview(plan: MirrorPlan, planId: number): MirrorPreview {
  const { totals, dated } = plan;
  // Of a dated copy, nearly everything is linked.
  const lines = [...mirrorPlanLines(plan)].filter(({ action }) => action !== 'link');
  lines.sort((a, b) => rank(a) - rank(b));
  return {
    planId,
    source: plan.source,
    destination: plan.destination,
    lines: lines.slice(0, MAX_LINES),
    truncated: lines.length > MAX_LINES,
    totals: {
      copyNew: totals.copyNew,
      copyChanged: totals.copyChanged,
      copyBytes: totals.copyBytes,
      linked: totals.linkEarlier,
      updated: totals.metadata,
      unchanged: totals.unchanged,
      delete: totals.delete + (dated?.expired.length ?? 0),
      deleteBytes: totals.deleteBytes,
    },
    problems: plan.problems.map(({ message }) => message),
    notices: plan.notices,
    isDone: plan.isDone,
    ...(plan.needsForce !== undefined && { needsForce: plan.needsForce }),
    ...(dated && { name: dated.name }),
  };
}
