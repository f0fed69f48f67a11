import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { buildTestApp } from '../app.fixture.ts';
import { PROBLEMS } from '../problem-catalogue.ts';

test('the reference loads nothing from elsewhere, and its policy would not let it', async () => {
  const { app } = buildTestApp();
  const page = await app.inject('/docs');
  expect((await app.inject('/docs/')).body).toBe(page.body);
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.body).not.toMatch(/(?:src|href|url)="https?:/);
  const policy = String(page.headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("connect-src 'self'");
});

test(
  'its script is served compressed and plain, and not again to whoever has it',
  { timeout: 60_000 },
  async () => {
    const { app } = buildTestApp();
    const plain = await app.inject('/docs/reference.js');
    expect(plain.headers['content-type']).toContain('text/javascript');
    expect(plain.body).toContain('createApiReference');

    const zipped = await app.inject({
      url: '/docs/reference.js',
      headers: { 'accept-encoding': 'br, gzip' },
    });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.rawPayload.byteLength).toBeLessThan(plain.rawPayload.byteLength / 2);
    expect(gunzipSync(zipped.rawPayload).equals(plain.rawPayload)).toBe(true);

    const again = await app.inject({
      url: '/docs/reference.js',
      headers: { 'if-none-match': String(plain.headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  },
);

test('a strange Host header does not break the docs', async () => {
  const { app } = buildTestApp();
  for (const host of ['[', 'a b', '%', 'evil.example:99999999']) {
    expect((await app.inject({ url: '/docs', headers: { host } })).statusCode).toBe(200);
  }
});

test('every problem is explained where its type leads', async () => {
  const { app } = buildTestApp();
  const { body } = await app.inject('/docs/problems');
  for (const [code, { status }] of Object.entries(PROBLEMS)) {
    expect(body).toContain(`<h2 id="${code}">`);
    expect(body).toContain(`<p>${status}: `);
  }
});
