import { expect, test } from 'vitest';
import { CairnError, errorFromData, errorToData } from '../../../src/base/errors.ts';

test.each([true, false])('that a failure may pass (%s) crosses a thread border', (mayPass) => {
  const error = new CairnError('storage-error', 'Busy.', { mayPass, details: { status: 503 } });
  expect(errorFromData(structuredClone(errorToData(error)))).toMatchObject({
    code: 'storage-error',
    message: 'Busy.',
    mayPass,
    details: { status: 503 },
  });
});
