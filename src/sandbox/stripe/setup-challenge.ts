import { messagePage } from '../hosted-page.ts';
import type { Reply, SandboxRequest } from '../server.ts';
import type { Work } from './account.ts';
import { decodeForm } from './form.ts';
import type { SetupIntent } from './model.ts';
import { failSetup, passSetup } from './setup-intents.ts';
import { challengePage } from './three-d-secure-page.ts';
import { page, readDecision, undecided } from './three-d-secure.ts';

/**
 * The page on which the customer of a setup intent authenticates, as `serveChallenge` is for a
 * payment.
 */
export function serveSetupChallenge(request: SandboxRequest, work: Work): Reply {
  const query = decodeForm(request.query);
  const secret = query.kind === 'decoded' ? query.fields['client_secret'] : undefined;
  const setup = work.account.setups.get(request.path.split('/')[2] ?? '');
  if (setup === undefined || secret !== setup.clientSecret) {
    return page(404, messagePage('Nothing found', 'This link does not belong to a setup.'));
  }
  const { paymentMethod } = setup;
  if (request.method !== 'POST') {
    if (setup.status !== 'requires_action' || paymentMethod === null) return told(setup);
    const last4 = paymentMethod.card.number.slice(-4);
    const challenged = { id: setup.id, headline: 'Keep this card', last4 };
    return page(200, challengePage(challenged, `${request.path}?${request.query}`));
  }
  const result = readDecision(request);
  if (result === null) return undecided();
  // A page that is sent twice decides once, and leads on twice.
  if (setup.status === 'requires_action' && paymentMethod !== null) {
    if (result === 'complete') passSetup(work, setup, paymentMethod);
    else failSetup(work, setup);
  }
  return leadOn(setup);
}

/** Sends the customer back to the merchant, with the parameters that Stripe adds. */
function leadOn(setup: SetupIntent): Reply {
  if (setup.returnUrl === null) return told(setup);
  const url = new URL(setup.returnUrl);
  url.searchParams.set('setup_intent', setup.id);
  url.searchParams.set('setup_intent_client_secret', setup.clientSecret);
  url.searchParams.set('redirect_status', setup.hasFailed ? 'failed' : 'succeeded');
  return { status: 303, headers: { location: url.href }, body: '' };
}

function told({ status }: SetupIntent): Reply {
  const words = status.replaceAll('_', ' ');
  return page(200, messagePage('Nothing more to do', `This card's setup is ${words}.`));
}
