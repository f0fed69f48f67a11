import { TOKENS, type Shop } from './purchase.ts';
import type { Story } from './stories.ts';

const BOTH = { stripe: TOKENS.stripe.good, square: TOKENS.square.good };
const ELSEWHERE = { square: TOKENS.square.good };
/** An application does not offer its customer the same ways to pay for ever. */
const MOST_OFFERS = 4;

/**
 * A payment that Stripe knows, and a browser with it, is to be paid at another gateway: at once, or because Stripe
 * refuses. Now and then the customer pays in the old browser tab just then.
 */
export const moved: Story = {
  name: 'moved to another gateway',
  gateways: ['stripe'],
  async tell(shop) {
    await shop.create({});
    const draft = await shop.calm();
    if (draft?.status !== 'requires_payment_method') return;
    const payment_methods = shop.random.chance(0.6) ? ELSEWHERE : BOTH;
    const tab = shop.random.chance(0.3) ? [payInOldTab(shop, draft)] : [];
    const twice = shop.random.chance(0.3);
    await Promise.all([
      offer(shop, payment_methods),
      ...tab,
      ...(twice ? [offer(shop, BOTH)] : []),
    ]);
    for (let offers = 1; offers < MOST_OFFERS; offers += 1) {
      if ((await shop.calm())?.status !== 'requires_payment_method') return;
      await offer(shop, payment_methods);
    }
  },
};

function offer(shop: Shop, payment_methods: object) {
  return shop.act('confirm', { payment_methods });
}

function payInOldTab({ backstage }: Shop, draft: any): Promise<void> {
  return backstage.payInBrowser(String(draft.client_secret), TOKENS.stripe.good);
}
