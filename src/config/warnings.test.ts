import { expect, test } from 'vitest';
import { loadSettings } from './load.ts';
import { nearestName } from './nearest-name.ts';
import type { SettingsWarning } from './problem.ts';

function warningsOf(env: Record<string, string>): readonly SettingsWarning[] {
  const loaded = loadSettings({ env, cwd: '/nonexistent', command: 'api' });
  expect(loaded.ok).toBe(true);
  return loaded.warnings;
}

test('a misspelt variable is warned about with the name that was meant, and without its value', () => {
  expect(warningsOf({ PAYMENT_GATEWAY_TIMOUT_SECONDS: 'hush' })).toEqual([
    {
      variable: 'PAYMENT_GATEWAY_TIMOUT_SECONDS',
      warning: 'is not a variable of Tender; perhaps PAYMENT_GATEWAY_TIMEOUT_SECONDS was meant',
    },
  ]);
});

test('an unknown variable that resembles none is warned about without a guess', () => {
  expect(warningsOf({ PAYMENT_SOMETHING_ELSE_ALTOGETHER: '1' })).toEqual([
    {
      variable: 'PAYMENT_SOMETHING_ELSE_ALTOGETHER',
      warning: 'is not a variable of Tender',
    },
  ]);
});

test('a variable of another command, a file and a limit for one currency are known', () => {
  expect(
    warningsOf({
      PAYMENT_WEBHOOK_MAX_RETRIES: '3',
      PAYMENT_REDIS_URL_FILE: '',
      PAYMENT_MAX_PAYMENT_AMOUNT_JPY: '5000',
      PATH: '/bin',
    }),
  ).toEqual([]);
});

test('what Kubernetes adds for a service named payment-api is not warned about', () => {
  expect(
    warningsOf({
      PAYMENT_API_SERVICE_HOST: '10.0.0.1',
      PAYMENT_API_SERVICE_PORT: '8000',
      PAYMENT_API_SERVICE_PORT_HTTP: '8000',
      PAYMENT_API_PORT: 'tcp://10.0.0.1:8000',
      PAYMENT_API_PORT_8000_TCP: 'tcp://10.0.0.1:8000',
      PAYMENT_API_PORT_8000_TCP_PROTO: 'tcp',
      PAYMENT_API_PORT_8000_TCP_PORT: '8000',
      PAYMENT_API_PORT_8000_TCP_ADDR: '10.0.0.1',
    }),
  ).toEqual([]);
  expect(warningsOf({ PAYMENT_API_PORT: '8000' })).toHaveLength(1);
});

test('the nearest name is the one with the fewest edits, up to four', () => {
  const known = ['PAYMENT_PORT', 'PAYMENT_HOST'];
  expect(nearestName('PAYMENT_PROT', known)).toBe('PAYMENT_PORT');
  expect(nearestName('PAYMENT_HOSTS', known)).toBe('PAYMENT_HOST');
  expect(nearestName('PAYMENT_CURRENCY', known)).toBeNull();
});
