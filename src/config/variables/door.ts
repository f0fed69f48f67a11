import { duration, listOfNetworks, listOfOrigins, wholeNumber } from '../value-types.ts';
import type { VariableGroup } from '../variable.ts';

export const door = {
  title: 'At the door',
  introduction:
    'Who may come how often, and from where. Requests are counted in Redis, in which all processes count together; while ' +
    'it is away, or where there is none, each process counts for itself. Probes and webhooks are never limited.',
  variables: {
    PAYMENT_RATE_LIMIT_PER_CALLER: {
      type: wholeNumber(0, 10_000_000),
      description: 'Requests that one API key or operator may make in ten seconds; 0 for no limit.',
      example: '5000',
      default: '5000',
      usedBy: ['api', 'start'],
    },
    PAYMENT_RATE_LIMIT_PER_ADDRESS: {
      type: wholeNumber(0, 10_000_000),
      description:
        'Requests that may come from one address in ten seconds, whoever makes them; 0 for no limit. A whole shop may ' +
        'stand behind one address.',
      example: '10000',
      default: '10000',
      usedBy: ['api', 'start'],
    },
    PAYMENT_MAX_EVENT_LOOP_LAG_SECONDS: {
      type: duration('seconds', 0.01, 60),
      description:
        'How far behind with its work a process may be and still take payments; past it they get 503 with Retry-After. ' +
        'One pause does not count, only lag that lasts.',
      example: '0.5',
      default: '0.5',
      usedBy: ['api', 'start'],
    },
    PAYMENT_MAX_DATABASE_WAIT_SECONDS: {
      type: duration('seconds', 0.01, 60),
      description:
        'How long queries may wait for a connection to the database while payments are taken; past it they get 503 with ' +
        'Retry-After.',
      example: '1',
      default: '1',
      usedBy: ['api', 'start'],
    },
    PAYMENT_TRUSTED_PROXIES: {
      type: listOfNetworks(),
      description:
        'The proxies in front, by address or network. Only what they say in `X-Forwarded-For` counts: anybody can send it.',
      example: '10.0.0.0/8,127.0.0.1',
      whenUnset: 'no proxy is trusted, and an address is what the connection comes from',
      usedBy: ['api', 'start'],
    },
    PAYMENT_CORS_ORIGINS: {
      type: listOfOrigins(),
      description: 'Origins whose pages may call the API from a browser.',
      example: 'https://console.company.com',
      whenUnset: 'none',
      usedBy: ['api', 'start'],
    },
  },
} as const satisfies VariableGroup;
