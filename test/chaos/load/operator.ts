import { pause, RETURN_URL, TOKENS, type Shop } from './purchase.ts';
import type { Story } from './stories.ts';

/** What an operator notes who does not wait until the gateway cannot tell any more. */
export const TOO_EARLY = 'Nobody wants to wait.';
const DAYS_LATER = "Searched the gateway's dashboard for the order.";

/** With these answers it is not decided yet, as something else is to tell first. */
const NOT_YET = ['outcome_may_be_told', 'outcome_not_unknown'];

/**
 * A payment whose creation nobody ever answers. As long as the gateway could tell an operator is refused; when it has
 * forgotten the call's key, two of them decide at once.
 */
export const decided: Story = {
  name: 'decided by operators',
  gateways: ['stripe'],
  async tell(shop) {
    const { purchase, backstage, ended } = shop;
    await backstage.silence(purchase.name);
    const payment_method = TOKENS.stripe.good;
    await shop.create({ confirm: true, payment_method, return_url: RETURN_URL });
    if (purchase.paymentId === null || !(await isOpen(shop))) return;
    await shop.decideNotCharged(TOO_EARLY);
    await backstage.letDaysPass(purchase.paymentId);
    while (!ended.aborted) {
      const [call] = await Promise.all([
        shop.decideNotCharged(DAYS_LATER),
        shop.decideNotCharged(DAYS_LATER),
      ]);
      const isOver = !NOT_YET.includes(call.answer?.json?.code) || !(await isOpen(shop));
      if (isOver) return;
      await pause(300, ended);
    }
  },
};

async function isOpen(shop: Shop): Promise<boolean> {
  return (await shop.look())?.status === 'processing';
}
