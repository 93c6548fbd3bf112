// Part of `npm run build`: packs the compiled workflows into dist/workflow-bundle.js once, so that a worker starts at
// once and every worker of a release runs exactly the same code.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
const nothing = (): void => undefined;
const logger = {
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: console.warn,
  error: console.error,
};

const { code } = await bundleWorkflowCode({ workflowsPath, logger });
await writeFile(fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)), code);
