import type { Addition } from '../support/openapi.ts';

/** Events about disputes, as the published file calls their objects. */
const DISPUTE_EVENTS = [
  'DisputeCreated',
  'DisputeEvidenceAdded',
  'DisputeEvidenceCreated',
  'DisputeEvidenceDeleted',
  'DisputeEvidenceRemoved',
  'DisputeStateChanged',
  'DisputeStateUpdated',
];

/**
 * What answers and events have although the published file (2025-08-20) does not say so, each with the reason why it
 * may be there all the same. Nothing else may.
 */
export const NEWER_FIELDS: readonly Addition[] = [
  ...DISPUTE_EVENTS.map((name) => ({
    at: ['components', 'schemas', `${name}EventObject`, 'properties', 'dispute'],
    value: { $ref: '#/components/schemas/Dispute' },
    reason: "The schema says `object`, but the file's own example of the event says `dispute`.",
  })),
  {
    at: ['components', 'schemas', 'CustomerDeletedEventData', 'properties', 'deleted'],
    value: { type: 'boolean' },
    reason: "It stands in the file's own example of the event.",
  },
  {
    at: ['components', 'schemas', 'ErrorCode', 'enum', '153'],
    value: 'VERSION_MISMATCH',
    reason: 'The file lists it under `x-endpoint-errors` of the calls that give it.',
  },
];
