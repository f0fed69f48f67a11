import type { Work } from './account.ts';
import { openCapture } from './captures.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Refused, Result } from './errors.ts';
import { letGo, openAuthorization, release, take } from './holds.ts';
import type { Authorization } from './model.ts';
import { moneyOf } from './model.ts';
import { readAmount } from './parameters.ts';
import type { CaptureParameters, ReauthorizeParameters } from './payment-parameters.ts';
import { link, presentAuthorization, presentCapture, withContext } from './present.ts';

/** `GET /v2/payments/authorizations/{id}` */
export function retrieveAuthorization(work: Work, _: unknown, id: string): Result<object> {
  const authorization = work.account.authorizations.get(id);
  if (authorization === undefined) return notFound('authorization_id', id);
  return succeed(present(work, authorization));
}

/** `POST /v2/payments/authorizations/{id}/capture` */
export function captureAuthorization(
  work: Work,
  sent: CaptureParameters,
  id: string,
): Result<object> {
  const authorization = work.account.authorizations.get(id);
  if (authorization === undefined) return notFound('authorization_id', id);
  const { amount: whole, currency, order } = authorization;
  if (authorization.hasExpired) return refuse('AUTHORIZATION_EXPIRED');
  if (authorization.status === 'VOIDED') return refuse('AUTHORIZATION_VOIDED');
  if (authorization.status === 'CAPTURED') return refuse('AUTHORIZATION_ALREADY_CAPTURED');
  if (authorization.renewal !== null) return refuse('TRANSACTION_REFUSED');
  const wanted = readWanted(sent?.amount, authorization, whole - authorization.captured);
  if (!wanted.ok) return wanted;
  if (wanted.value.currency !== currency) return refuse('AUTH_CAPTURE_CURRENCY_MISMATCH');
  const total = authorization.captured + wanted.value.amount;
  // All captures together may come to 115 percent of what was authorized.
  if (total * 100n > whole * 115n) return refuse('MAX_CAPTURE_AMOUNT_EXCEEDED');
  const invoiceId = sent?.invoice_id ?? order.unit.invoiceId;
  const payer = invoiceId === null ? undefined : work.account.invoices.get(invoiceId);
  if (payer !== undefined && payer !== order) return refuse('DUPLICATE_INVOICE_ID');
  if (invoiceId !== null) work.account.invoices.set(invoiceId, order);
  const isFinal = sent?.final_capture === true || total >= whole;
  const capture = openCapture(work, order, {
    authorization,
    amount: wanted.value.amount,
    isFinal,
    invoiceId,
  });
  if (capture.status !== 'DECLINED') take(work, authorization, wanted.value.amount, isFinal);
  if (work.wantsAll) return succeed(withContext(presentCapture(capture, work.baseUrl), capture));
  const self = `${work.baseUrl}/v2/payments/captures/${capture.id}`;
  return succeed({
    id: capture.id,
    status: capture.status,
    links: [
      link(self, 'self'),
      link(`${self}/refund`, 'refund', 'POST'),
      link(`${work.baseUrl}/v2/payments/authorizations/${id}`, 'up'),
    ],
  });
}

/** `POST /v2/payments/authorizations/{id}/void`: without a body unless `Prefer` asks for one. */
export function voidAuthorization(work: Work, _: unknown, id: string): Result<object | null> {
  const authorization = work.account.authorizations.get(id);
  if (authorization === undefined) return notFound('authorization_id', id);
  if (authorization.parent !== null) return refuse('CANNOT_BE_VOIDED');
  if (authorization.status === 'VOIDED') return refuse('PREVIOUSLY_VOIDED');
  const { renewal } = authorization;
  const isCaptured = [authorization, renewal].some((one) => one?.status === 'CAPTURED');
  if (isCaptured) return refuse('PREVIOUSLY_CAPTURED');
  if (renewal !== null) letGo(work, renewal);
  letGo(work, authorization);
  return succeed(work.wantsAll ? present(work, authorization) : null);
}

/** `POST /v2/payments/authorizations/{id}/reauthorize`: once, after the honour period. */
export function reauthorize(work: Work, sent: ReauthorizeParameters, id: string): Result<object> {
  const authorization = work.account.authorizations.get(id);
  if (authorization === undefined) return notFound('authorization_id', id);
  const refusal = whyNotRenewed(work, authorization);
  if (refusal !== null) return refusal;
  const wanted = readWanted(sent?.amount, authorization, authorization.amount);
  if (!wanted.ok) return wanted;
  if (wanted.value.currency !== authorization.currency) return refuse('AUTH_CURRENCY_MISMATCH');
  if (wanted.value.amount * 100n > authorization.amount * 115n) {
    return refuse('TRANSACTION_REFUSED');
  }
  // The renewal holds the money from now on, and the old authorization holds nothing.
  release(work.account, authorization, authorization.amount);
  const renewal = openAuthorization(work, authorization.order, wanted.value.amount, authorization);
  if (work.wantsAll) return succeed(present(work, renewal));
  const self = `${work.baseUrl}/v2/payments/authorizations/${renewal.id}`;
  return succeed({ id: renewal.id, status: renewal.status, links: [link(self, 'self')] });
}

function whyNotRenewed(work: Work, authorization: Authorization): Refused | null {
  const { status, parent, renewal, hasExpired, honoredUntil } = authorization;
  if (parent !== null || renewal !== null) return refuse('REAUTHORIZATION_NOT_SUPPORTED');
  if (hasExpired || status === 'VOIDED') return refuse('AUTHORIZATION_VOIDED');
  if (status !== 'CREATED') return refuse('AUTHORIZATION_ALREADY_CAPTURED');
  const isHonored = work.account.clock.nowSeconds() < honoredUntil;
  return isHonored ? refuse('REAUTHORIZATION_TOO_SOON') : null;
}

type SentMoney = NonNullable<NonNullable<ReauthorizeParameters>['amount']>;

function readWanted(sent: SentMoney | undefined, of: Authorization, otherwise: bigint) {
  return sent === undefined
    ? succeed({ ...moneyOf(of), amount: otherwise })
    : readAmount(sent, '/amount', 'DECIMALS_NOT_SUPPORTED');
}

function present(work: Work, authorization: Authorization): object {
  return withContext(presentAuthorization(authorization, work.baseUrl), authorization);
}
