import { createServer } from 'node:http';
import { answerQuestions, listenAnywhere } from '../child.ts';
import {
  amountOf,
  feeOf,
  gatewayIdOf,
  isLost,
  isRefund,
  paymentIdOf,
  timeOf,
  type Movements,
} from './movements.ts';

let movements: Movements = { count: 0, from: new Date(0), to: new Date(0) };
let url: string | null = null;

/**
 * A gateway that makes up its balance transactions as they are asked for, page by page and the newest first, as Stripe
 * tells them: however many there are, it holds none. The answer to the question is its URL.
 */
answerQuestions<Movements, string>(async (question) => {
  movements = question;
  url ??= await listen();
  return url;
});

async function listen(): Promise<string> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://stub');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(pageOf(searchParams)));
  });
  return listenAnywhere(server);
}

function pageOf(query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? 10);
  const after = query.get('starting_after');
  let n = after === null ? movements.count - 1 : Number(after.slice('txn_'.length)) - 1;
  const data: object[] = [];
  for (; n >= 0 && data.length < limit; n -= 1) if (!isLost(n)) data.push(transactionOf(n));
  return { object: 'list', url: '/v1/balance_transactions', has_more: n >= 0, data };
}

function transactionOf(n: number): object {
  const [amount, fee] = [amountOf(n), feeOf(n)];
  const created = Math.floor(timeOf(n, movements).getTime() / 1_000);
  const gross = isRefund(n) ? -amount : amount;
  return {
    id: `txn_${String(n).padStart(24, '0')}`,
    object: 'balance_transaction',
    amount: gross,
    available_on: created + 172_800,
    created,
    currency: 'usd',
    description: null,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency: 'usd',
              description: 'Stripe processing fees',
              type: 'stripe_fee',
            },
          ],
    net: gross - fee,
    reporting_category: isRefund(n) ? 'refund' : 'charge',
    source: isRefund(n)
      ? { id: gatewayIdOf(n), object: 'refund', amount, currency: 'usd', metadata: {} }
      : {
          id: `ch_${String(n).padStart(24, '0')}`,
          object: 'charge',
          amount,
          amount_captured: amount,
          currency: 'usd',
          metadata: { tender_payment_id: paymentIdOf(n) },
          payment_intent: gatewayIdOf(n),
        },
    status: 'available',
    type: isRefund(n) ? 'refund' : 'charge',
  };
}
