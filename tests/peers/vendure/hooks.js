// Vendure has no webhooks of its own. This plugin tells one address of what happens to orders, signed as the Standard
// Webhooks specification says: HMAC-SHA256 over "id.timestamp.body", base64, "v1," before it. A shop may copy it.
const { createHmac, randomUUID } = require('node:crypto');
const {
  EventBus, FulfillmentStateTransitionEvent, Logger, OrderEvent, OrderLineEvent, OrderStateTransitionEvent,
  PaymentStateTransitionEvent, PluginCommonModule, ProcessContext, RefundStateTransitionEvent, VendurePlugin,
} = require('@vendure/core');

const TRIES = 5;
const KINDS = [
  [OrderStateTransitionEvent, 'order.state', event => [event.order]],
  [OrderEvent, 'order.changed', event => (event.type === 'updated' ? [event.order] : [])],
  [OrderLineEvent, 'order.line', event => [event.order]],
  [PaymentStateTransitionEvent, 'order.payment', event => [event.order]],
  [RefundStateTransitionEvent, 'order.refund', event => [event.order]],
  [FulfillmentStateTransitionEvent, 'order.fulfilment', event => event.fulfillment.orders ?? []],
];

function key(secret) {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
}

function signed(secret, body) {
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const signature = createHmac('sha256', key(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}`,
  };
}

// The back office only looks at the order that a message names, so messages may repeat, be late or get lost.
async function send(to, type, order) {
  const data = { orderId: String(order.id), code: order.code, state: order.state };
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
  const headers = signed(to.secret, body);
  for (let tried = 1; tried <= TRIES; tried += 1) {
    try {
      const answer = await fetch(to.url, { method: 'POST', body, headers, signal: AbortSignal.timeout(10000) });
      if (answer.ok) return;
      Logger.warn(`${to.url} answered ${answer.status}`, 'hooks');
    } catch (error) {
      Logger.warn(`${to.url}: ${error.message}`, 'hooks');
    }
    await new Promise(done => setTimeout(done, 1000 * 2 ** tried));
  }
}

class Hooks {
  static to = { url: '', secret: '' };

  static init(to) {
    Hooks.to = to;
    return Hooks;
  }

  constructor(bus, process) {
    this.bus = bus;
    this.process = process;
  }

  onApplicationBootstrap() {
    if (!this.process.isServer || !Hooks.to.url) return;
    for (const [kind, type, orders] of KINDS) {
      this.bus.ofType(kind).subscribe(event => {
        for (const order of orders(event)) if (!order.active) void send(Hooks.to, type, order);
      });
    }
  }
}
Reflect.defineMetadata('design:paramtypes', [EventBus, ProcessContext], Hooks);
VendurePlugin({ imports: [PluginCommonModule], compatibility: '^3.0.0' })(Hooks);

module.exports = { Hooks, signed };
