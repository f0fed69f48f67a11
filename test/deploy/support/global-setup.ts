import type { TestProject } from 'vitest/node';
import shareSystem from '../../support/global-setup.ts';
import { findPrograms } from '../../support/services/programs.ts';
import { TOOLS } from './tools.ts';

/** Brings the tools that judge the files of `deploy/`, and what integration tests share. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await findPrograms(Object.values(TOOLS).filter(({ debian }) => debian !== null));
  return shareSystem(project);
}
