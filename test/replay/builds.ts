/**
 * Workflow bundles of today's code and of edited copies of it. All copies are built at once, in a temporary
 * directory, because a build takes longer than all replays; which copy runs is a word that is replaced in the
 * built code.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { quietLogger } from '../support/quiet.ts';
import type { Edit } from './edits.ts';

const CHOICE = 'WHICH-BUILD-RUNS';

/** Code of all workflows, the one of engagements edited or not. */
export interface Builds {
  current: { code: string };
  edited: (edit: Edit) => { code: string };
}

/** Builds today's code and every edit. @throws Error when an edit no longer fits the code */
export async function buildAll(edits: readonly Edit[]): Promise<Builds> {
  const root = mkdtempSync(join(tmpdir(), 'throughline-builds-'));
  try {
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'));
    for (const index of [...edits.keys(), edits.length]) copyOfCode(join(root, `copy-${String(index)}`), edits[index]);
    const names = Array.from({ length: edits.length + 1 }, (_, index) => `copy${String(index)}`);
    const imports = names.map(
      (name, index) => `import { engagement as ${name} } from './copy-${String(index)}/workflows/index.ts';`,
    );
    const choice = `export const engagement = ({ ${names.join(', ')} })['${CHOICE}'];`;
    const rest = `export { connectionJob } from './copy-0/workflows/index.ts';`;
    writeFileSync(join(root, 'index.ts'), [...imports, choice, rest].join('\n'));
    const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'index.ts'), logger: quietLogger });
    const build = (index: number): { code: string } => ({ code: code.replaceAll(CHOICE, `copy${String(index)}`) });
    return { current: build(edits.length), edited: (edit) => build(edits.indexOf(edit)) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function copyOfCode(to: string, edit: Edit | undefined): void {
  for (const folder of ['domain', 'workflows'])
    cpSync(join(process.cwd(), folder), join(to, folder), { recursive: true });
  if (!edit) return;
  const path = join(to, edit.file);
  const before = readFileSync(path, 'utf8');
  const places = edit.find === '' ? 1 : before.split(edit.find).length - 1;
  if (places !== 1) throw new Error(`edit "${edit.what}" fits ${edit.file} in ${String(places)} places instead of one`);
  const after = edit.find === '' ? `${before}\n${edit.replace}\n` : before.replace(edit.find, () => edit.replace);
  writeFileSync(path, after);
}
