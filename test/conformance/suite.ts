import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { amounts } from './amounts.ts';
import { credentials } from './credentials.ts';
import { customers } from './customers.ts';
import { disputes } from './disputes.ts';
import { faults } from './faults.ts';
import { payments } from './payments.ts';
import { refunds } from './refunds.ts';
import type { OpenSubject, Subject } from './subject.ts';
import { webhooks } from './webhooks.ts';

/** Everything that a gateway's adapter has to show over its sandbox: the same for each, written against the port. */
export function conforms({ name, open }: Subject): void {
  describe(`the gateway ${name}`, () => {
    let opened: OpenSubject | null = null;
    const subject = () => {
      if (opened === null) throw new Error('the sandbox is not open');
      return opened;
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());
    afterEach(() => {
      expect(subject().sandbox.checkBooks()).toEqual([]);
    });

    describe('payments', () => payments(subject));
    describe('refunds', () => refunds(subject));
    describe('faults', () => faults(subject));
    describe('amounts', () => amounts(subject));
    describe('credentials', () => credentials(subject));
    describe('customers', () => customers(subject));
    describe('disputes', () => disputes(subject));
    describe('webhooks', () => webhooks(subject));
  });
}
