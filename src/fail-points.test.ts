import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createFailPoints, FAIL_POINT_NAMES, type FailPoints } from './fail-points.ts';

function parsed(...specs: string[]): FailPoints {
  const result = createFailPoints(specs);
  if (result.kind !== 'parsed') throw new Error(result.problems.join(' '));
  return result.failPoints;
}

/** Reaches the steps one after the other in a process of its own and tells how it ended. */
async function runProcess(specs: string[], steps: string[]) {
  const module = new URL('./fail-points.ts', import.meta.url).href;
  const program = `
    import { createFailPoints } from ${JSON.stringify(module)};
    const { failPoints } = createFailPoints(${JSON.stringify(specs)});
    process.on('exit', () => console.log('exit handler ran'));
    for (const step of ${JSON.stringify(steps)}) {
      await failPoints.reach(step);
      console.log(step);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, lines: output.split('\n').filter((line) => line !== '') };
}

test('without a specification every step returns at once, on an object that cannot be changed', () => {
  const failPoints = parsed();
  expect(FAIL_POINT_NAMES.map((name) => failPoints.reach(name))).toEqual(
    FAIL_POINT_NAMES.map(() => undefined),
  );
  expect(Object.isFrozen(failPoints)).toBe(true);
});

test('the process is killed at the named step, and nothing of it runs afterwards', async () => {
  const { signal, lines } = await runProcess(
    ['payment.called:kill'],
    ['payment.intended', 'payment.called', 'payment.committed'],
  );
  expect(signal).toBe('SIGKILL');
  expect(lines).toEqual(['payment.intended']);
});

test('a visit can be chosen: the process survives the earlier ones', async () => {
  const { signal, lines } = await runProcess(
    ['webhook.claimed:kill@3'],
    ['webhook.claimed', 'webhook.claimed', 'webhook.applied', 'webhook.claimed'],
  );
  expect(signal).toBe('SIGKILL');
  expect(lines).toEqual(['webhook.claimed', 'webhook.claimed', 'webhook.applied']);
});

test('a step can be delayed, at each visit or at one', async () => {
  const failPoints = parsed('refund.called:pause=30', 'refund.intended:pause=30@2');
  const began = performance.now();
  await failPoints.reach('refund.called');
  await failPoints.reach('refund.called');
  expect(performance.now() - began).toBeGreaterThan(50);
  expect(failPoints.reach('refund.intended')).toBeUndefined();
  expect(failPoints.reach('refund.intended')).toBeInstanceOf(Promise);
  expect(failPoints.reach('refund.intended')).toBeUndefined();
});

test('an unknown name or form is told, with what there is instead', () => {
  const result = createFailPoints([
    'payment.called:kill',
    'payment.forgotten:kill',
    'payment.called',
    'payment.called:kill@0',
    'payment.called:pause=fast',
  ]);
  expect(result).toEqual({
    kind: 'invalid',
    problems: [
      expect.stringMatching(/no fail point payment\.forgotten.*payment\.intended/),
      expect.stringContaining('"payment.called" is not a fail point'),
      expect.stringContaining('kill@0'),
      expect.stringContaining('pause=fast'),
    ],
  });
});
