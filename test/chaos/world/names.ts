/** The gateways whose sandboxes take part. */
export const GATEWAY_NAMES = ['stripe', 'square', 'paypal'] as const;
export type GatewayName = (typeof GATEWAY_NAMES)[number];

/** The processes of Tender that take part. */
export const PROCESS_NAMES = ['api-1', 'api-2', 'worker-1', 'worker-2'] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];
export type ApiName = 'api-1' | 'api-2';
export const API_NAMES = ['api-1', 'api-2'] as const satisfies readonly ApiName[];
