import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Addresses that no packet of the Internet is sent to: RFC 6890. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');
}

/** Those addresses that the whole Internet could reach. */
export function publicAmong(
  addresses: readonly { address: string; family: 'IPv4' | 'IPv6' }[],
): string[] {
  return addresses
    .filter(
      ({ address, family }) => !NOT_PUBLIC.check(address, family === 'IPv4' ? 'ipv4' : 'ipv6'),
    )
    .map(({ address }) => address);
}

/** Those of this machine. */
export function publicAddressesHere(): string[] {
  return publicAmong(Object.values(networkInterfaces()).flatMap((each) => each ?? []));
}
