import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  bits,
  element,
  identifier,
  integer,
  nothing,
  octets,
  sequence,
  set,
  tagged,
  time,
  utf8,
  yes,
} from './der.ts';

/** From when to when a certificate holds. */
export type Validity = { from: Date; to: Date };

/** A certificate as PEM, with the key that belongs to it. */
export type Identity = { certificate: string; privateKey: KeyObject };

/** An authority that signs certificates. */
export type Authority = Identity & {
  /** Makes a key and a certificate for it that names `host`. */
  issue: (host: string, validity: Validity) => Promise<Identity>;
};

type Subject = {
  name: string;
  issuer: string;
  publicKey: KeyObject;
  isAuthority: boolean;
  validity: Validity;
};

const KEY_BITS = 2048;
const SHA256_WITH_RSA = sequence(identifier('1.2.840.113549.1.1.11'), nothing());
const COMMON_NAME = identifier('2.5.4.3');
const KEY_USAGE = identifier('2.5.29.15');
const ALTERNATIVE_NAME = identifier('2.5.29.17');
const BASIC_CONSTRAINTS = identifier('2.5.29.19');
/** Bits of the key usage: the first is digitalSignature, the sixth keyCertSign. */
const SIGNS_DATA = bits(Buffer.of(0b1000_0000), 7);
const SIGNS_CERTIFICATES = bits(Buffer.of(0b0000_0100), 2);
const DNS_NAME = 0x82;

const DAY_MS = 86_400_000;

type Keys = { publicKey: KeyObject; privateKey: KeyObject };

const generate = promisify(generateKeyPair);
const makeKeys = (): Promise<Keys> => generate('rsa', { modulusLength: KEY_BITS });

/** The keys of all sandboxes of this process, by whose they are: to make one takes a third of a second. */
const sandboxKeys = new Map<string, Promise<Keys>>();

function keepKeys(owner: string): Promise<Keys> {
  const keys = sandboxKeys.get(owner) ?? makeKeys();
  sandboxKeys.set(owner, keys);
  return keys;
}

/**
 * Makes an authority of the kind that the sandbox's webhooks are certified by: it holds for a year.
 * Whoever is to trust it before the sandbox starts makes it and hands it over. All those of a process have the same keys.
 */
export function createWebhookAuthority(nowMs = Date.now()): Promise<Authority> {
  return createAuthority('Sandbox Webhook Authority', yearAround(nowMs), keepKeys);
}

/** From the day before an instant, as clocks differ, until a year after it. */
export function yearAround(nowMs: number): Validity {
  return { from: new Date(nowMs - DAY_MS), to: new Date(nowMs + 365 * DAY_MS) };
}

/** Makes an authority with a certificate that it signed itself. */
export async function createAuthority(
  name: string,
  validity: Validity,
  keysOf: (owner: string) => Promise<Keys> = makeKeys,
): Promise<Authority> {
  const { publicKey, privateKey } = await keysOf(name);
  const own = { name, issuer: name, publicKey, isAuthority: true, validity };
  return {
    certificate: signCertificate(own, privateKey),
    privateKey,
    async issue(host, hostValidity) {
      const keys = await keysOf(host);
      const subject = {
        name: host,
        issuer: name,
        publicKey: keys.publicKey,
        isAuthority: false,
        validity: hostValidity,
      };
      const certificate = signCertificate(subject, privateKey);
      return { certificate, privateKey: keys.privateKey };
    },
  };
}

/** An X.509 certificate of version 3 as PEM. Source: RFC 5280, section 4.1. */
function signCertificate(subject: Subject, issuerKey: KeyObject): string {
  const { name, issuer, publicKey, validity } = subject;
  const content = sequence(
    tagged(0, integer(2n)),
    integer(BigInt(`0x${randomBytes(16).toString('hex')}`)),
    SHA256_WITH_RSA,
    distinguishedName(issuer),
    sequence(time(validity.from), time(validity.to)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions(subject))),
  );
  const signature = sign('sha256', content, issuerKey);
  return toPem(sequence(content, SHA256_WITH_RSA, bits(signature)));
}

function extensions({ name, isAuthority }: Subject): Buffer[] {
  const constraints = isAuthority ? sequence(yes()) : sequence();
  const shared = [
    sequence(BASIC_CONSTRAINTS, yes(), octets(constraints)),
    sequence(KEY_USAGE, yes(), octets(isAuthority ? SIGNS_CERTIFICATES : SIGNS_DATA)),
  ];
  if (isAuthority) return shared;
  const host = sequence(element(DNS_NAME, Buffer.from(name, 'latin1')));
  return [...shared, sequence(ALTERNATIVE_NAME, octets(host))];
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(COMMON_NAME, utf8(commonName))));
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
