import { choice, escapeHtml, hostedPage } from '../hosted-page.ts';

/** The page on which the sandbox's buyer decides. */
export function approvalPage(
  subject: { headline: string; reference: string },
  action: string,
): string {
  return hostedPage(
    'Wallet test page',
    `
      <p class="headline">${escapeHtml(subject.headline)}</p>
      <p>The buyer would now log in and decide. Decide here instead.</p>
      ${choice(action, 'approve', { label: 'Approve', look: 'primary' })}
      ${choice(action, 'approve-declined', { label: 'Approve with funding that is declined', look: 'secondary' })}
      ${choice(action, 'cancel', { label: 'Cancel and return to the shop', look: 'secondary' })}
      <p class="note">${escapeHtml(subject.reference)}. No real money moves.</p>`,
  );
}
