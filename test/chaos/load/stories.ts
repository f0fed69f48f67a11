import type { Random } from '../random.ts';
import type { GatewayName } from '../world/names.ts';
import { moved } from './moves.ts';
import { decided } from './operator.ts';
import { pause, RETURN_URL, TOKENS, type Purchase, type Shop } from './purchase.ts';

/** One way in which a payment's life goes. It ends early where its answers do not allow the next step. */
export interface Story {
  name: string;
  gateways: readonly (GatewayName | null)[];
  tell(shop: Shop): Promise<void>;
}

const CARDS = ['stripe', 'square'] as const;
const ALL = ['stripe', 'square', 'paypal'] as const;
const STATUS_AFTER_CHARGE = ['succeeded', 'requires_capture'];

/** Charges at once; at a wallet the customer agrees on the gateway's page. Gives the payment as it then is. */
async function charge(shop: Shop, body: object = {}, twice = false): Promise<any> {
  const { purchase } = shop;
  const methods =
    purchase.gateway === null
      ? { payment_methods: { stripe: TOKENS.stripe.good, square: TOKENS.square.good } }
      : { payment_method: TOKENS[purchase.gateway].good };
  await shop.create({ confirm: true, return_url: RETURN_URL, ...methods, ...body }, { twice });
  const payment = await agree(shop);
  if (payment?.status !== 'requires_payment_method') return payment;
  // Whoever is told that nothing was charged tries again.
  await shop.act('confirm', { return_url: RETURN_URL, ...methods });
  return agree(shop);
}

/** Waits for the payment, and has the customer agree where that is asked for. */
async function agree(shop: Shop, result = 'approve'): Promise<any> {
  const payment = await shop.calm();
  if (shop.purchase.gateway !== 'paypal' || payment?.status !== 'requires_action') return payment;
  await shop.visit(payment, result);
  while (!shop.ended.aborted) {
    const now = await shop.calm();
    if (now?.status !== 'requires_action') return now;
    // Where the customer's coming back is what the application goes by, it asks Tender to look.
    if (shop.random.chance(0.3)) await shop.act('sync');
    await pause(300, shop.ended);
  }
  return null;
}

const straight: Story = {
  name: 'straight',
  gateways: ALL,
  tell: async (shop) => void (await charge(shop)),
};

const twins: Story = {
  name: 'the same request twice at once',
  gateways: ALL,
  tell: async (shop) => void (await charge(shop, {}, true)),
};

const routed: Story = {
  name: 'wherever it is taken',
  gateways: [null],
  tell: async (shop) => void (await charge(shop, {}, shop.random.chance(0.3))),
};

const refunded: Story = {
  name: 'refunded',
  gateways: ALL,
  async tell(shop) {
    const payment = await charge(shop);
    if (payment?.status !== 'succeeded') return;
    const part = (share: number) => ({ amount: Math.floor((shop.purchase.amount * share) / 100) });
    switch (shop.random.pick(['whole', 'parts', 'race', 'twins'])) {
      case 'whole':
        await shop.act('refunds');
        return;
      case 'parts':
        await shop.act('refunds', part(30));
        await shop.act('refunds', part(30));
        return;
      // Together more than was captured, at once: all but one are too much.
      case 'race':
        await Promise.all([1, 2, 3].map(() => shop.act('refunds', part(60))));
        return;
      default: {
        const key = `${shop.purchase.name}-twin-refund`;
        await Promise.all([shop.act('refunds', part(60), key), shop.act('refunds', part(60), key)]);
      }
    }
  },
};

const held: Story = {
  name: 'held',
  gateways: ALL,
  async tell(shop) {
    const payment = await charge(shop, { capture_method: 'manual' });
    if (payment?.status !== 'requires_capture') return;
    const half = { amount: Math.floor(shop.purchase.amount / 2) };
    switch (shop.random.pick(['whole', 'part', 'cancel', 'either', 'both'])) {
      case 'whole':
        await shop.act('capture');
        break;
      case 'part':
        await shop.act('capture', half);
        break;
      case 'cancel':
        await shop.act('cancel');
        break;
      case 'either':
        await Promise.all([shop.act('capture'), shop.act('cancel')]);
        break;
      default:
        await Promise.all([shop.act('capture', half), shop.act('capture', half)]);
    }
    const after = await shop.calm();
    if (after?.status === 'succeeded' && shop.random.chance(0.4)) await shop.act('refunds');
  },
};

const later: Story = {
  name: 'confirmed later',
  gateways: ALL,
  async tell(shop) {
    const { gateway } = shop.purchase;
    await shop.create({});
    const draft = await shop.calm();
    if (draft?.status !== 'requires_payment_method') return;
    const confirm = () =>
      shop.act('confirm', {
        payment_method: TOKENS[gateway ?? 'stripe'].good,
        return_url: RETURN_URL,
      });
    // A customer who clicks twice.
    await Promise.all(shop.random.chance(0.4) ? [confirm(), confirm()] : [confirm()]);
    await agree(shop);
  },
};

const declined: Story = {
  name: 'declined first',
  gateways: CARDS,
  async tell(shop) {
    const { gateway } = shop.purchase;
    shop.purchase.mayBeDeclined = true;
    const tokens = TOKENS[gateway ?? 'stripe'];
    await shop.create({ confirm: true, payment_method: tokens.bad });
    const payment = await shop.calm();
    if (payment?.status !== 'requires_payment_method') return;
    await shop.act('confirm', { payment_method: tokens.good });
    await shop.calm();
  },
};

const challenged: Story = {
  name: 'authenticated',
  gateways: ['stripe'],
  async tell(shop) {
    await shop.create({
      confirm: true,
      payment_method: 'pm_card_authenticationRequired',
      return_url: RETURN_URL,
    });
    const payment = await shop.calm();
    if (payment?.status !== 'requires_action') return;
    const result = shop.random.weighted([
      [6, 'complete'],
      [2, 'fail'],
      [2, 'nobody'],
    ]);
    if (result === 'nobody') {
      await shop.act('cancel');
      return;
    }
    if (result === 'fail') shop.purchase.mayBeDeclined = true;
    await shop.visit(payment, result);
  },
};

const unwilling: Story = {
  name: 'approved and not paid',
  gateways: ['paypal'],
  async tell(shop) {
    shop.purchase.mayBeDeclined = true;
    await shop.create({ confirm: true, payment_method: 'paypal', return_url: RETURN_URL });
    const payment = await shop.calm();
    if (payment?.status !== 'requires_action') return;
    await shop.visit(payment, shop.random.pick(['cancel', 'approve-declined']));
  },
};

const abandoned: Story = {
  name: 'canceled before it is paid',
  gateways: ALL,
  async tell(shop) {
    await shop.create({});
    const draft = await shop.calm();
    if (draft && !STATUS_AFTER_CHARGE.includes(draft.status)) await shop.act('cancel');
  },
};

const STORIES: readonly (readonly [weight: number, story: Story])[] = [
  [4, straight],
  [2, twins],
  [3, routed],
  [5, refunded],
  [5, held],
  [3, later],
  [2, declined],
  [2, challenged],
  [1, unwilling],
  [1, abandoned],
  [2, decided],
  [2, moved],
];

/** What every customer's story is called. */
export const STORY_NAMES: readonly string[] = STORIES.map(([, { name }]) => name);

/**
 * Draws what one customer is going to do.
 *
 * @param wanted the name of the story that every other customer is to have; `null` for none in particular
 */
export function drawPurchase(
  random: Random,
  name: string,
  wanted: string | null,
): { purchase: Purchase; story: Story } {
  const favourite = STORIES.find(([, each]) => each.name === wanted)?.[1];
  if (wanted !== null && !favourite) throw new Error(`There is no story ${wanted}.`);
  const drawn = random.weighted(STORIES);
  const story = favourite && random.chance(0.5) ? favourite : drawn;
  const gateway = random.pick<GatewayName | null>(story.gateways);
  const amount = random.between(200, 9_999);
  return {
    purchase: {
      name,
      story: story.name,
      gateway,
      amount,
      mayBeDeclined: false,
      paymentId: null,
    },
    story,
  };
}
