/** What came of a run of vitest. */
import type { TestCase, TestModule, Vitest } from 'vitest/node';

export interface Results {
  readonly passed: TestCase[];
  /** Failures outside of any test (a file that does not load, an unhandled rejection) count, too. */
  readonly failed: number;
  readonly skipped: TestCase[];
  readonly failedModules: TestModule[];
}

export function readResults({ state }: Vitest): Results {
  const modules = state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (...states: string[]) => tests.filter((test) => states.includes(test.result().state));
  const outside = modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .flatMap((part) => part.errors());
  return {
    passed: inState('passed'),
    failed: inState('failed').length + outside.length + state.getUnhandledErrors().length,
    skipped: inState('skipped', 'pending'),
    failedModules: modules.filter((module) => !['passed', 'skipped'].includes(module.state())),
  };
}

export function nameOf({ module, fullName }: TestCase): string {
  return `${module.relativeModuleId} > ${fullName}`;
}
