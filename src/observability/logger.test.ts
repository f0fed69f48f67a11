import { expect, test } from 'vitest';
import { createLogger, type LogLevel } from './logger.ts';

function capture(level: LogLevel = 'info') {
  const lines: string[] = [];
  const log = createLogger({
    level,
    service: 'tender-api',
    version: '1.2.3',
    destination: { write: (line) => void lines.push(line) },
  });
  const last = () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown>;
  return { log, lines, last };
}

test('a line has the fields of the Elastic Common Schema and its level in capitals', () => {
  const { log, last } = capture();
  log.warn({ 'http.request.id': 'req_1' }, 'slow');
  expect(last()).toMatchObject({
    'log.level': 'WARN',
    message: 'slow',
    'service.name': 'tender-api',
    'service.version': '1.2.3',
    'ecs.version': '8.11.0',
    'http.request.id': 'req_1',
  });
  expect(last()['@timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('grep ERROR finds errors and nothing else', () => {
  const { log, lines } = capture('debug');
  log.debug('a');
  log.info('b');
  log.error('c');
  expect(lines.filter((line) => line.includes('ERROR'))).toHaveLength(1);
});

test('an error becomes type, message, code and stack trace, with its causes', () => {
  const { log, last } = capture();
  const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  log.error({ err: new TypeError('no answer', { cause }), attempt: 2 }, 'call failed');
  expect(last()).toMatchObject({
    message: 'call failed',
    attempt: 2,
    'error.type': 'TypeError',
    'error.message': 'no answer',
  });
  expect(last()['error.stack_trace']).toMatch(
    /TypeError: no answer[^]*Caused by: Error: connection refused/,
  );
  expect(last()).not.toHaveProperty('err');

  log.error(cause);
  expect(last()).toMatchObject({ message: 'connection refused', 'error.code': 'ECONNREFUSED' });
});

test('no secret and no card number reaches a line, from a message, a field, a child or a stack', () => {
  const { log, lines, last } = capture();
  const secrets = ['tk_live_0123456789abcdef', 'sk_test_4eC39HqLyjWDarjtT1zdp7dc', 'hunter2secret'];
  log.info(`key ${secrets[0]}`);
  log.info({ authorization: secrets[2], nested: { note: `uses ${secrets[1]}` } }, 'fields');
  log.child({ key: secrets[0] }).info('child');
  log.error({ err: new Error(`card 4242 4242 4242 4242 with ${secrets[1]}`) }, 'stack');
  log.info({ amount: 4242424242424242n, at: 1 }, 'number');
  const written = lines.join('');
  for (const secret of secrets) expect(written).not.toContain(secret);
  expect(written).not.toMatch(/4242/);
  expect(last()).toMatchObject({ amount: null, at: 1 });
});

test('levels below the chosen one are not written', () => {
  const { log, lines } = capture('warn');
  log.info('quiet');
  expect(lines).toEqual([]);
});
