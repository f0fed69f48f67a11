import { X509Certificate, type KeyObject } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import type { Transport } from '../transport.ts';

export interface CertificateOptions {
  /** Scheme, host and port of PayPal's API. Certificates of its own origin are taken over plain HTTP if it is that. */
  apiUrl: string;
  /** The hosts, with their port where it is not 443, that a certificate may be fetched from, over HTTPS. */
  hosts: readonly string[];
  /** PEM of those who may vouch for a certificate; `null` for those that the runtime trusts. */
  authorities: readonly string[] | null;
  transport: Transport;
}

/** The key that a delivery names, or why it cannot be trusted. */
export type SigningKey =
  | { kind: 'trusted'; publicKey: KeyObject }
  | { kind: 'untrusted'; detail: string }
  /** It could not be fetched just now. */
  | { kind: 'unavailable'; detail: string };

export interface Certificates {
  /** The key of the certificate at `url`, which comes from the delivery and is checked before anything is fetched. */
  keyAt(url: string, at: Date): Promise<SigningKey>;
}

/** How long a certificate is kept that has been found good, in milliseconds; no longer than it is valid. */
const KEPT_MS = 24 * 3_600_000;
/** PayPal signs with one certificate, and with two while one replaces the other. */
const MAX_KEPT = 8;
/** Fetches at a time: whoever makes addresses up may not have this fetch without end. */
const MAX_FETCHES = 4;

const CERTIFICATE_PATH = /^\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,128}$/;
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const MAX_CHAIN = 6;
const MIN_RSA_BITS = 2048;

/** To whom the certificates are made out with which PayPal signs, by the host of the live API; all others test. */
const LIVE_HOSTS: ReadonlySet<string> = new Set(['api.paypal.com', 'api-m.paypal.com']);
const LIVE_SUBJECT = 'messageverificationcerts.paypal.com';
const TEST_SUBJECT = 'messageverificationcerts.sandbox.paypal.com';

interface Kept {
  publicKey: KeyObject;
  validFrom: Date;
  validTo: Date;
  keptUntilMs: number;
}

/**
 * The certificates with which PayPal signs its webhooks. The address comes with each delivery, so nothing about it is
 * believed: https only, a host that is configured, no port, user or query, no redirect, and a chain that leads to an
 * authority that is trusted.
 * Source: https://developer.paypal.com/api/rest/webhooks/rest/
 */
export function createCertificates(options: CertificateOptions): Certificates {
  const kept = new Map<string, Kept>();
  const fetching = new Map<string, Promise<SigningKey>>();
  let trusted: X509Certificate[] | null = null;

  const fetchKey = async (url: URL, at: Date): Promise<SigningKey> => {
    const { origin, pathname: path } = url;
    const headers = { accept: '*/*' };
    const request = { origin, method: 'GET', path, headers, body: null } as const;
    const exchange = await options.transport.send(request);
    if (exchange.kind !== 'answered') return unavailable(exchange.message);
    const { status } = exchange;
    if (status === 429 || status >= 500) return unavailable(`its host answered ${status}`);
    if (status !== 200) return untrusted(`its host answered ${status}`);
    trusted ??= readAuthorities(options.authorities ?? getCACertificates('default'));
    const chain = buildChain(exchange.body, trusted, at);
    if (typeof chain === 'string') return untrusted(chain);
    const [leaf] = chain;
    const problem = leafProblem(leaf, LIVE_HOSTS.has(url.host) ? LIVE_SUBJECT : TEST_SUBJECT);
    if (problem !== null) return untrusted(problem);
    keep(url.href, chain, at);
    return { kind: 'trusted', publicKey: leaf.publicKey };
  };

  /** Deliveries that come together wait for one fetch of their certificate. */
  const fetchOnce = (url: URL, at: Date): SigningKey | Promise<SigningKey> => {
    const underWay = fetching.get(url.href);
    if (underWay) return underWay;
    if (fetching.size >= MAX_FETCHES) return unavailable('too many are being fetched');
    const fetched = fetchKey(url, at).finally(() => fetching.delete(url.href));
    fetching.set(url.href, fetched);
    return fetched;
  };

  const keep = (href: string, chain: Chain, at: Date): void => {
    const [oldest] = kept.keys();
    if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(href, {
      publicKey: chain[0].publicKey,
      validFrom: new Date(Math.max(...chain.map((each) => each.validFromDate.getTime()))),
      validTo: new Date(Math.min(...chain.map((each) => each.validToDate.getTime()))),
      keptUntilMs: at.getTime() + KEPT_MS,
    });
  };

  return {
    async keyAt(text, at) {
      const url = trustedUrl(text, options);
      if (!url) return untrusted(`${text.slice(0, 200)} is not where PayPal keeps certificates`);
      const known = kept.get(url.href);
      if (known && isFresh(known, at)) return { kind: 'trusted', publicKey: known.publicKey };
      kept.delete(url.href);
      return fetchOnce(url, at);
    },
  };
}

function isFresh({ validFrom, validTo, keptUntilMs }: Kept, at: Date): boolean {
  return at >= validFrom && at <= validTo && at.getTime() < keptUntilMs;
}

/** The address, if a certificate may be fetched from there. */
function trustedUrl(text: string, { apiUrl, hosts }: CertificateOptions): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  // What the parser had to mend (case, tabs, backslashes, dots, default ports) is not an address of PayPal's.
  if (url.href !== text || url.username !== '' || url.password !== '') return null;
  if (url.search !== '' || url.hash !== '' || !CERTIFICATE_PATH.test(url.pathname)) return null;
  if (url.protocol === 'https:') return hosts.includes(url.host) ? url : null;
  return url.protocol === 'http:' && url.origin === new URL(apiUrl).origin ? url : null;
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

/** The way from the first certificate of a file to one that is trusted, or what is wrong with it. */
function buildChain(pem: string, trusted: readonly X509Certificate[], at: Date): Chain | string {
  const certificates = readCertificates(pem);
  const [leaf, ...others] = certificates ?? [];
  if (!leaf) return 'it is no certificate';
  const chain: [X509Certificate, ...X509Certificate[]] = [leaf];
  for (let current = leaf; chain.length <= MAX_CHAIN;) {
    if (!isValid(current, at)) return `${nameOf(current)} is not valid at this time`;
    const root = trusted.find((each) => isIssuedBy(current, each) && isValid(each, at));
    if (root) return [...chain, root];
    const issuer = others.find((each) => !chain.includes(each) && isIssuedBy(current, each));
    if (!issuer) return `nobody who is trusted vouches for ${nameOf(current)}`;
    chain.push(issuer);
    current = issuer;
  }
  return 'its chain is too long';
}

function leafProblem(leaf: X509Certificate, subject: string): string | null {
  if (leaf.ca) return 'it is the certificate of an authority';
  if (leaf.checkHost(subject, { wildcards: false }) === undefined) {
    return `it is not made out to ${subject}`;
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = leaf.publicKey;
  const isStrong = type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
  return isStrong ? null : 'its key is not RSA, or too short';
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isValid({ validFromDate: from, validToDate: to }: X509Certificate, at: Date): boolean {
  return at >= from && at <= to;
}

function nameOf(certificate: X509Certificate): string {
  return certificate.subject.replaceAll('\n', ', ').slice(0, 200);
}

function readCertificates(pem: string): X509Certificate[] | null {
  try {
    return (pem.match(PEM) ?? []).slice(0, MAX_CHAIN).map((each) => new X509Certificate(each));
  } catch {
    return null;
  }
}

/** A root of the system's that this version of OpenSSL cannot read is one that nothing is trusted for. */
function readAuthorities(pems: readonly string[]): X509Certificate[] {
  return pems.flatMap((pem) => readCertificates(pem) ?? []);
}

function untrusted(why: string): SigningKey {
  return { kind: 'untrusted', detail: `The certificate cannot be trusted: ${why}` };
}

function unavailable(why: string): SigningKey {
  return { kind: 'unavailable', detail: `The certificate could not be fetched: ${why}` };
}
