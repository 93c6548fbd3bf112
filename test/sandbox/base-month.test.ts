import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';

interface Objects {
  objects: { id: string; object: Record<string, unknown> }[];
}

async function dealOne(url: string): Promise<Record<string, unknown> | undefined> {
  const response = await fetch(`${url}/_sandbox/objects?system=salesforce&type=Opportunity`);
  const { objects } = (await response.json()) as Objects;
  return objects.find(({ id }) => id === '006TL00000000001AA')?.object;
}

describe('the base month of the seed', () => {
  test('moves deals by whole months and keeps the last day of a month the last day', async () => {
    const sandbox = await startSandbox({ baseMonth: '2030-12' });
    try {
      // January to March 2026, moved by 59 months: December 2030 to February 2031.
      expect(await dealOne(sandbox.url)).toMatchObject({ Start_Date__c: '2030-12-01', End_Date__c: '2031-02-28' });
    } finally {
      await sandbox.close();
    }
  });

  test('is kept with the data: a restart with another one changes nothing', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-base-'));
    try {
      await (await startSandbox({ dataDir, baseMonth: '2030-12' })).close();
      const again = await startSandbox({ dataDir, baseMonth: '2031-06' });
      expect(await dealOne(again.url)).toMatchObject({ Start_Date__c: '2030-12-01' });
      await again.close();
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  test('refuses what is not a month', async () => {
    await expect(startSandbox({ baseMonth: '2030-13' })).rejects.toThrow('"2030-13" is not a month');
  });
});
