import { X509Certificate, createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from './certificates.ts';

const DAY_MS = 86_400_000;
const now = Date.now();
const validity = { from: new Date(now - DAY_MS), to: new Date(now + DAY_MS) };

test('an authority certifies itself and hosts, and a chain check holds', async () => {
  const authority = await createAuthority('Test Authority', validity);
  const host = await authority.issue('certs.example.com', validity);
  const root = new X509Certificate(authority.certificate);
  const leaf = new X509Certificate(host.certificate);
  expect(root.ca).toBe(true);
  expect(root.subject).toBe('CN=Test Authority');
  expect(root.verify(root.publicKey)).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.subject).toBe('CN=certs.example.com');
  expect(leaf.issuer).toBe('CN=Test Authority');
  expect(leaf.checkIssued(root)).toBe(true);
  expect(leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.checkHost('certs.example.com')).toBe('certs.example.com');
  expect(leaf.checkPrivateKey(host.privateKey)).toBe(true);
  expect(createPublicKey(host.certificate).asymmetricKeyType).toBe('rsa');
});

test('the certificate of another authority of the same name does not verify', async () => {
  const [authority, impostor] = await Promise.all([
    createAuthority('Test Authority', validity),
    createAuthority('Test Authority', validity),
  ]);
  const leaf = new X509Certificate(
    (await impostor.issue('certs.example.com', validity)).certificate,
  );
  const root = new X509Certificate(authority.certificate);
  expect(leaf.checkIssued(root)).toBe(true);
  expect(leaf.verify(root.publicKey)).toBe(false);
});

test('validity is carried to the second, before and after the year 2050', async () => {
  const authority = await createAuthority('Test Authority', {
    from: new Date('1999-12-31T23:59:59Z'),
    to: new Date('2051-02-03T04:05:06Z'),
  });
  const { validFromDate, validToDate } = new X509Certificate(authority.certificate);
  expect(validFromDate.toISOString()).toBe('1999-12-31T23:59:59.000Z');
  expect(validToDate.toISOString()).toBe('2051-02-03T04:05:06.000Z');
});
