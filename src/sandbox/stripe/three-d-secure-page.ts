import { choice, escapeHtml, hostedPage } from '../hosted-page.ts';

/** What is to be confirmed: its id, what it is in short, and with which card. */
export type Challenged = { id: string; headline: string; last4: string };

/** The page that stands in for the bank of the card's owner; its forms are sent to `action`. */
export function challengePage({ id, headline, last4 }: Challenged, action: string): string {
  return hostedPage(
    '3D Secure test page',
    `
      <p class="headline">${escapeHtml(headline)}</p>
      <p>Your bank would now ask you to confirm this with the card ending in
        <strong>${escapeHtml(last4)}</strong>. Decide here how it ends.</p>
      ${choice(action, 'complete', { label: 'Complete authentication', look: 'primary' })}
      ${choice(action, 'fail', { label: 'Fail authentication', look: 'secondary' })}
      <p class="note">${escapeHtml(id)}. No real money moves.</p>`,
  );
}
