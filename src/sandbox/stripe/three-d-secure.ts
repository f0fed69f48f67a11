import { messagePage } from '../hosted-page.ts';
import type { Reply, SandboxRequest } from '../server.ts';
import type { Work } from './account.ts';
import { chargeCard } from './confirm-intent.ts';
import { formatAmount } from './currencies.ts';
import { emitIntent } from './events.ts';
import { decodeForm } from './form.ts';
import type { PaymentIntent } from './model.ts';
import { challengePage } from './three-d-secure-page.ts';
import type { Challenged } from './three-d-secure-page.ts';

const AUTHENTICATION_FAILED =
  'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.';

/**
 * The page on which the customer of a `requires_action` intent authenticates: GET shows it, and
 * POST with `result=complete` or `result=fail` decides and sends the customer on.
 */
export function serveChallenge(request: SandboxRequest, work: Work): Reply {
  const id = request.path.split('/')[2] ?? '';
  const query = decodeForm(request.query);
  const secret = query.kind === 'decoded' ? query.fields['client_secret'] : undefined;
  const intent = work.account.intents.get(id);
  if (intent === undefined || secret !== intent.clientSecret) {
    return page(404, messagePage('Payment not found', 'This link does not belong to a payment.'));
  }
  if (request.method !== 'POST') {
    return intent.status === 'requires_action'
      ? page(200, challengePage(shown(intent), `${request.path}?${request.query}`))
      : page(200, messagePage('Nothing to do', `This payment is ${describe(intent)}.`));
  }
  const result = readDecision(request);
  if (result === null) return undecided();
  // A page that is sent twice decides once, and leads on twice.
  if (intent.status === 'requires_action') {
    if (result === 'complete') passChallenge(work, intent);
    else failChallenge(work, intent);
  }
  return leadOn(intent);
}

/** What the customer chose on the page; `null` where it is neither. */
export function readDecision({ body }: SandboxRequest): 'complete' | 'fail' | null {
  const form = decodeForm(body);
  const result = form.kind === 'decoded' ? form.fields['result'] : undefined;
  return result === 'complete' || result === 'fail' ? result : null;
}

export function undecided(): Reply {
  return page(400, messagePage('Please choose', 'Complete the authentication, or fail it.'));
}

function shown({ id, amount, currency, paymentMethod }: PaymentIntent): Challenged {
  const last4 = paymentMethod?.card.number.slice(-4) ?? '';
  return { id, headline: formatAmount(amount, currency), last4 };
}

function passChallenge(work: Work, intent: PaymentIntent): void {
  const { paymentMethod } = intent;
  if (paymentMethod === null) return;
  intent.isAuthenticated = true;
  // The server that confirms by hand wants the last word after the customer's.
  if (intent.confirmationMethod === 'manual') intent.status = 'requires_confirmation';
  else chargeCard(work, intent, paymentMethod);
}

function failChallenge(work: Work, intent: PaymentIntent): void {
  const { paymentMethod } = intent;
  if (paymentMethod === null) return;
  intent.lastFailure = {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    declineCode: null,
    message: AUTHENTICATION_FAILED,
    charge: null,
    paymentMethod,
  };
  intent.status = 'requires_payment_method';
  intent.paymentMethod = null;
  emitIntent(work, 'payment_intent.payment_failed', intent);
}

/** Sends the customer back to the merchant, with the parameters that Stripe adds. */
function leadOn(intent: PaymentIntent): Reply {
  const returnUrl = intent.challenge?.returnUrl ?? null;
  if (returnUrl === null) {
    return page(200, messagePage('Thank you', `This payment is ${describe(intent)}.`));
  }
  const url = new URL(returnUrl);
  url.searchParams.set('payment_intent', intent.id);
  url.searchParams.set('payment_intent_client_secret', intent.clientSecret);
  url.searchParams.set('redirect_status', intent.lastFailure === null ? 'succeeded' : 'failed');
  return { status: 303, headers: { location: url.href }, body: '' };
}

function describe(intent: PaymentIntent): string {
  return intent.status.replaceAll('_', ' ');
}

export function page(status: number, body: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body,
  };
}
