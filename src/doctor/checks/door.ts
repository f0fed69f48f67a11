import { fail, pass, warn, type Check, type Finding } from '../check.ts';
import type { DoorSettings } from '../../config/settings.ts';

/** That nobody can flood the API, or pretend to be elsewhere, and that few pages may call it. */
export const doorCheck: Check = {
  name: 'door',
  run: ({ settings: { door } }) => [limits(door), proxies(door), origins(door)],
};

function limits({ perCaller, perAddress }: DoorSettings): Finding {
  const about = 'door.rate_limits';
  if (perCaller && perAddress) {
    return pass(
      about,
      `${perCaller.requests} requests in ${perCaller.windowSeconds} seconds for each caller, ${perAddress.requests} for each address.`,
    );
  }
  const missing = [
    ...(perCaller ? [] : ['PAYMENT_RATE_LIMIT_PER_CALLER']),
    ...(perAddress ? [] : ['PAYMENT_RATE_LIMIT_PER_ADDRESS']),
  ].join(' and ');
  return fail(
    about,
    `${missing} is 0: one client can take all there is.`,
    'Set a limit that no honest client meets.',
  );
}

function proxies({ trustedProxies }: DoorSettings): Finding {
  const about = 'door.trusted_proxies';
  const everybody = trustedProxies.filter((network) => /\/0$/.test(network));
  if (everybody.length > 0) {
    return fail(
      about,
      `${everybody.join(' and ')} is everybody: any client can say that it comes from elsewhere.`,
      'Name the addresses of your own proxies.',
    );
  }
  if (trustedProxies.length > 0) return pass(about, `Trusted: ${trustedProxies.join(', ')}.`);
  return warn(
    about,
    'No proxy is trusted: behind one all requests seem to come from the same address.',
    'Set PAYMENT_TRUSTED_PROXIES, unless nothing stands in front.',
  );
}

function origins({ allowedOrigins }: DoorSettings): Finding {
  const about = 'door.cors';
  const plain = allowedOrigins.filter((origin) => origin.startsWith('http://'));
  if (plain.length > 0) {
    return fail(
      about,
      `${plain.join(' and ')} is without TLS: whoever is on its way there can call the API from it.`,
      'List https:// origins only.',
    );
  }
  const list = allowedOrigins.length === 0 ? 'None' : allowedOrigins.join(', ');
  return pass(about, `Origins whose pages may call the API: ${list}.`);
}
