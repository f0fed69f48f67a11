import { messagePage } from '../hosted-page.ts';
import type { Reply, SandboxRequest } from '../server.ts';
import type { Work } from './account.ts';
import { BUYER } from './account.ts';
import { approvalPage } from './approval-page.ts';
import { formatMoney } from './currencies.ts';
import { emitOrder } from './events.ts';
import { moneyOf } from './model.ts';
import type { Instrument, Order, SetupToken } from './model.ts';
import { approveOrder, findOrder } from './orders-held.ts';
import { findSetupToken } from './setup-tokens.ts';

/** What a buyer can be asked to approve, whichever kind of thing it is. */
type Approvable = {
  /** What he is asked, and about what. */
  headline: string;
  reference: string;
  isWaiting: boolean;
  approve: (instrument: Instrument) => void;
  /** Where he is led afterwards; null when the shop named no place. */
  approvedUrl: URL | null;
  canceledUrl: URL | null;
};

const CHOICES: Readonly<Record<string, Instrument>> = {
  approve: 'good',
  'approve-declined': 'declining',
};

/** Whether a path belongs to the hosted pages. */
export function isApprovalPath(path: string): boolean {
  return path === '/checkoutnow' || path === '/agreements/approve';
}

/**
 * The page on which the buyer approves an order or the saving of his wallet: GET shows it, and POST
 * with `result=approve`, `approve-declined` (his funding will fail) or `cancel` decides and sends
 * him on. What is decided already, or too old, is not decided again.
 */
export function serveApproval(request: SandboxRequest, work: Work): Reply {
  const query = new URLSearchParams(request.query);
  const subject = findApprovable(work, request.path, query);
  if (subject === undefined) {
    return page(404, messagePage('Not found', 'This link is unknown or has expired.'));
  }
  if (!subject.isWaiting) {
    return page(409, messagePage('Nothing to approve', 'This was decided before.'));
  }
  if (request.method !== 'POST') {
    return page(200, approvalPage(subject, `${request.path}?${request.query}`));
  }
  const result = new URLSearchParams(request.body).get('result') ?? '';
  if (result === 'cancel') return leadOn(subject.canceledUrl, 'You canceled.');
  const instrument = Object.hasOwn(CHOICES, result) ? CHOICES[result] : undefined;
  if (instrument === undefined) {
    return page(400, messagePage('Please choose', 'Approve, or cancel.'));
  }
  subject.approve(instrument);
  return leadOn(subject.approvedUrl, 'You approved.');
}

function findApprovable(work: Work, path: string, query: URLSearchParams): Approvable | undefined {
  const { account } = work;
  if (path === '/checkoutnow') {
    const order = findOrder(account, query.get('token') ?? '');
    return order && approvableOrder(work, order);
  }
  const token = findSetupToken(account, query.get('approval_session_id') ?? '');
  return token && approvableToken(token);
}

function approvableOrder(work: Work, order: Order): Approvable {
  const { returnUrl, cancelUrl } = order.experience;
  const { id, status, instrument } = order;
  return {
    headline: `${formatMoney(moneyOf(order.unit))} ${order.unit.currency}`,
    reference: `Order ${id}`,
    // A declined wallet can be approved again, with other funding.
    isWaiting:
      status === 'CREATED' ||
      status === 'PAYER_ACTION_REQUIRED' ||
      (status === 'APPROVED' && instrument === 'declining'),
    approve(chosen) {
      approveOrder(work, order, chosen);
      emitOrder(work, 'CHECKOUT.ORDER.APPROVED', order);
    },
    approvedUrl: extend(returnUrl, { token: id, PayerID: BUYER.id }),
    canceledUrl: extend(cancelUrl, { token: id }),
  };
}

function approvableToken(token: SetupToken): Approvable {
  const { returnUrl, cancelUrl } = token.experience;
  const session = { approval_token_id: token.id, approval_session_id: token.id };
  return {
    headline: 'Save your wallet for later payments',
    reference: `Setup token ${token.id}`,
    isWaiting: token.status === 'PAYER_ACTION_REQUIRED',
    approve(chosen) {
      token.status = 'APPROVED';
      token.instrument = chosen;
    },
    approvedUrl: extend(returnUrl, session),
    canceledUrl: extend(cancelUrl, session),
  };
}

function extend(base: string | null, parameters: Record<string, string>): URL | null {
  if (base === null) return null;
  const url = new URL(base);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

function leadOn(url: URL | null, message: string): Reply {
  if (url === null) return page(200, messagePage('Thank you', message));
  return { status: 303, headers: { location: url.href }, body: '' };
}

function page(status: number, body: string): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body,
  };
}
