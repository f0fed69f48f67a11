import type { Currency } from '../../src/domain/currency.ts';
import type { CustomerAction, DeclineCode } from '../../src/domain/report.ts';
import type { Gateway } from '../../src/gateways/gateway.ts';
import type { Books, BooksFilter } from '../../src/sandbox/books.ts';
import type { Deliveries } from './webhooks.ts';
import type { FaultRuleInput } from '../../src/sandbox/fault-rules.ts';

/** What every gateway's adapter has to be shown with, so that one suite holds for all of them. */
export interface Subject {
  name: string;
  /** Opens the sandbox, and the adapter that talks to it. */
  open: () => Promise<OpenSubject>;
}

export interface OpenSubject {
  gateway: Gateway;
  /** The same adapter with credentials that the sandbox does not know. */
  strangers: Gateway;
  /** The same adapter where nobody listens. */
  unreachable: Gateway;
  sandbox: {
    url: string;
    books: (filter?: BooksFilter) => Books;
    checkBooks: () => string[];
    faults: { add: (rule: FaultRuleInput) => unknown; clear: () => void };
    advance: (seconds: number) => void;
    close: () => Promise<void>;
  };
  /** What the sandbox's webhooks bring. */
  deliveries: Deliveries;
  /** One that the sandbox's account takes. */
  currency: Currency;
  /** Payment methods by what becomes of them. */
  methods: {
    works: string;
    declined: readonly {
      method: string;
      code: DeclineCode;
      /** What the customer does on the page, where it is there that the decline is chosen. */
      approve?: (action: CustomerAction) => Promise<void>;
    }[];
    /** Has the customer act first; `null` where no method of the gateway does. */
    asksCustomer: string | null;
  };
  /** Whether the money is taken when the payment is created, or in a call after the customer has agreed. */
  charges: 'at_once' | 'on_completion';
  /** The request of each operation that moves money, for faults to meet. */
  calls: Readonly<Record<MoneyOperation, { method: 'POST' | 'PUT'; path: string }>>;
  /** How the sandbox's books find a payment of ours. */
  filterFor: (ids: { paymentId: string; attemptId: string }) => BooksFilter;
  /** Does on the gateway's page what a customer does who agrees. */
  approve: (action: CustomerAction) => Promise<void>;
  /** Does what one does who refuses; `null` where the gateway's page just leaves the payment waiting. */
  refuse: ((action: CustomerAction) => Promise<void>) | null;
  close: () => Promise<void>;
}

/** `pay` is the call that takes the customer's money, whichever method of the port makes it. */
export type MoneyOperation = 'pay' | 'capture' | 'cancel' | 'refund';
