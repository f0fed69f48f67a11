import { expect, test } from 'vitest';
import { newId } from '../ids.ts';
import { isSavedMethodId } from './customer.ts';

test('ids of ours are told from the tokens of gateways that begin alike', () => {
  for (let n = 0; n < 100; n += 1) expect(isSavedMethodId(newId('pm'))).toBe(true);
  const tokens = ['pm_card_visa', 'pm_1MqLiJLkdIwHu7ixUEgbFdYE', 'cnon:card-nonce-ok', 'pm_', ''];
  for (const token of tokens) expect(isSavedMethodId(token), token).toBe(false);
});

test('nothing may stand before or behind an id of ours', () => {
  const id = newId('pm');
  for (const around of [` ${id}`, `${id} `, `x${id}`, `${id}0`]) {
    expect(isSavedMethodId(around), around).toBe(false);
  }
});
