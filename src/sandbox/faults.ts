import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdsMetadata } from './books.ts';
import { compilePath, faultRuleSchema } from './fault-rules.ts';
import type { FaultRule, RequestFault, WebhookFault } from './fault-rules.ts';
import type { Outcome, Reply } from './server.ts';
import type { SettlementFault } from './settlement-faults.ts';

/** A rule that was added, how often it struck, and how often it still may (null: no limit). */
export type ActiveFault = FaultRule & { id: string; struck: number; remaining: number | null };

export type AddedFault = { kind: 'added'; fault: ActiveFault } | { kind: 'invalid'; why: string };

/** The facts of a request that rules are matched with; metadata is looked up only when asked for. */
export type RequestFacts = {
  method: string;
  path: string;
  metadata: () => Record<string, string>;
};

/** The faults and behaviours that are switched on. */
export type Faults = {
  /** Adds a rule after validating it. */
  add: (rule: unknown) => AddedFault;
  list: () => ActiveFault[];
  /** Removes one rule, or all of them. */
  clear: (id?: string) => void;
  forRequest: (facts: RequestFacts) => RequestFault | undefined;
  forWebhook: (type: string) => WebhookFault | undefined;
  hasBehaviour: (name: string) => boolean;
  hasSettlementFaults: () => boolean;
  /** What is wrong with the settlement record of something that goes by one of these ids. */
  forSettlement: (...sources: readonly string[]) => SettlementFault | undefined;
  /** Waits for `ms`, or until the sandbox closes. */
  wait: (ms: number) => Promise<void>;
  /** Ends all waiting. */
  stop: () => void;
};

type Rule = { active: ActiveFault; matchesPath: (path: string) => boolean };

/** Builds an empty set of faults; `behaviours` names those that the gateway understands. */
export function createFaults(behaviours: readonly string[]): Faults {
  const schema = faultRuleSchema(behaviours);
  const stopping = new AbortController();
  // Each delayed request listens for the end, and any number may be delayed at once.
  setMaxListeners(0, stopping.signal);
  let rules: Rule[] = [];
  let added = 0;
  /** The rules about settlement records by their source: there may be hundreds, and lists ask for each line. */
  let ofSettlements = new Map<string, SettlementFault>();
  const indexSettlements = (): void => {
    ofSettlements = new Map(
      rules.flatMap(({ active }) =>
        'settlement' in active ? [[active.match.source, active.settlement]] : [],
      ),
    );
  };

  const strike = (rule: Rule): void => {
    const { active } = rule;
    active.struck += 1;
    if (active.remaining === null) return;
    active.remaining -= 1;
    if (active.remaining === 0) rules = rules.filter((other) => other !== rule);
  };

  return {
    add(input) {
      const parsed = schema.safeParse(input);
      if (!parsed.success) {
        return { kind: 'invalid', why: parsed.error.issues.map(describeIssue).join('; ') };
      }
      added += 1;
      const rule = parsed.data;
      const match = 'match' in rule && !('settlement' in rule) ? rule.match : {};
      const fault: ActiveFault = {
        ...rule,
        id: `fault_${added}`,
        struck: 0,
        remaining: ('times' in rule ? rule.times : undefined) ?? match.times ?? null,
      };
      const path = 'path' in match ? match.path : undefined;
      rules.push({ active: fault, matchesPath: compilePath(path) });
      indexSettlements();
      return { kind: 'added', fault };
    },
    list: () => rules.map((rule) => rule.active),
    clear(id) {
      rules = id === undefined ? [] : rules.filter((rule) => rule.active.id !== id);
      indexSettlements();
    },
    forRequest(facts) {
      for (const rule of rules) {
        if (!('fault' in rule.active)) continue;
        const { method, metadata } = rule.active.match;
        if (method !== undefined && method !== facts.method) continue;
        if (!rule.matchesPath(facts.path)) continue;
        if (metadata !== undefined && !holdsMetadata(facts.metadata(), metadata)) continue;
        strike(rule);
        return rule.active.fault;
      }
      return undefined;
    },
    forWebhook(type) {
      for (const rule of rules) {
        if (!('webhook' in rule.active)) continue;
        const wanted = rule.active.match.type;
        if (wanted !== undefined && wanted !== type) continue;
        strike(rule);
        return rule.active.webhook;
      }
      return undefined;
    },
    hasBehaviour(name) {
      const found = rules.find(
        (rule) => 'behaviour' in rule.active && rule.active.behaviour === name,
      );
      if (found === undefined) return false;
      strike(found);
      return true;
    },
    hasSettlementFaults: () => ofSettlements.size > 0,
    forSettlement(...sources) {
      const source = sources.find((one) => ofSettlements.has(one));
      return source === undefined ? undefined : ofSettlements.get(source);
    },
    wait: (ms) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined),
    stop: () => stopping.abort(),
  };
}

function describeIssue(issue: { path: PropertyKey[]; message: string }): string {
  const where = issue.path.map(String).join('.');
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}

/** What a fault makes of a request before any work is done; undefined lets the request through. */
export function beforeWork(
  fault: RequestFault | undefined,
  errorReply: (status: number) => Reply,
): Outcome | undefined {
  if (fault === undefined || fault.when === 'after' || fault.kind === 'delay') return undefined;
  return spoil(fault, errorReply);
}

/** What a fault makes of the reply to a request whose work is done. */
export function afterWork(
  fault: RequestFault | undefined,
  reply: Reply,
  errorReply: (status: number) => Reply,
): Outcome {
  if (fault === undefined || fault.when === 'before' || fault.kind === 'delay') return reply;
  return spoil(fault, errorReply);
}

/** The reply that a `status` fault gives: its own body, or the gateway's usual error for it. */
export function statusReply(
  fault: Extract<RequestFault, { kind: 'status' }>,
  errorReply: (status: number) => Reply,
): Reply {
  const reply = errorReply(fault.status);
  if (fault.body !== undefined) {
    reply.body = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body);
  }
  return { ...reply, headers: { ...reply.headers, ...fault.headers } };
}

function spoil(
  fault: Exclude<RequestFault, { kind: 'delay' }>,
  errorReply: (status: number) => Reply,
): Outcome {
  switch (fault.kind) {
    case 'status':
      return statusReply(fault, errorReply);
    case 'malformed':
      return {
        status: 502,
        headers: { 'content-type': 'text/html' },
        body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
      };
    case 'drop':
    case 'stall':
      return fault.kind;
  }
}
