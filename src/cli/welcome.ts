import type { DevPlaces } from './dev-environment.ts';

/** What `npm start` says once everything is there: where things are, and three lines that take a payment. */
export function welcome({
  places: { apiUrl, metricsUrl, sandboxes },
  envFile,
  apiKey,
}: {
  places: DevPlaces;
  envFile: string;
  apiKey: string;
}): string {
  const authorization = `-H 'Authorization: Bearer ${apiKey}'`;
  const payments = `${apiUrl}/api/v1/payments`;
  const body =
    '{"amount": 1250, "currency": "EUR", "payment_method": "pm_card_visa", "confirm": true}';
  const lines = [
    '',
    'Tender is ready.',
    '',
    `  API        ${apiUrl}`,
    `  reference  ${apiUrl}/docs`,
    ...(metricsUrl === null ? [] : [`  metrics    ${metricsUrl}`]),
    ...sandboxes.map(({ title, url }) => `  sandbox    ${url} (stands in for ${title})`),
    `  keys       ${envFile}`,
    '',
    'Take a payment, refund it, show it:',
    '',
    `PAYMENT=$(curl -sS -w '\\n' ${payments} ${authorization} -H "Idempotency-Key: $(date +%s)" -H 'Content-Type: application/json' -d '${body}' | tee /dev/stderr | grep -o 'pay_[a-z0-9]*' | head -n 1)`,
    `curl -sS -w '\\n' -X POST ${payments}/$PAYMENT/refunds ${authorization} -H "Idempotency-Key: refund-$PAYMENT"`,
    `curl -sS -w '\\n' ${payments}/$PAYMENT ${authorization}`,
    '',
    'Ctrl-C stops everything; the data stays.',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
