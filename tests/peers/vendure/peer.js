// A Vendure shop on loopback with two products, for the tests. It makes its tables, fills them, serves, and ends with
// its standard input, so that it never outlives the test that started it. Settings come as JSON in VENDURE_PEER.
const path = require('node:path');
const {
  ChannelService, DefaultJobQueuePlugin, DefaultLogger, DefaultSearchPlugin, JobQueueService, LanguageCode, LogLevel,
  RequestContextService, bootstrap, dummyPaymentHandler,
} = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { Hooks } = require('./hooks.js');

const given = JSON.parse(process.env.VENDURE_PEER);

const config = {
  logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
  apiOptions: { port: given.port, hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'],
    superadminCredentials: { identifier: given.username, password: given.password },
    requireVerification: false,
  },
  dbConnectionOptions: { type: 'postgres', synchronize: true, logging: false, ...given.database },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  importExportOptions: { importAssetsDir: __dirname },
  plugins: [
    DefaultJobQueuePlugin.init({ pollInterval: 500 }),
    DefaultSearchPlugin.init({}),
    Hooks.init({ url: given.hook_url, secret: given.hook_secret }),
  ],
};

const initialData = {
  defaultLanguage: LanguageCode.en,
  defaultZone: 'Europe',
  countries: [
    { name: 'United Kingdom', code: 'GB', zone: 'Europe' },
    { name: 'Georgia', code: 'GE', zone: 'Europe' },
  ],
  taxRates: [{ name: 'Standard', percentage: 20 }],
  shippingMethods: [{ name: 'Standard Shipping', price: 500, taxRate: 20 }],
  paymentMethods: [
    {
      name: 'Card',
      handler: { code: dummyPaymentHandler.code, arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: [],
};

async function main() {
  const start = async () => {
    const app = await bootstrap(config);
    await app.get(JobQueueService).start();
    const channels = app.get(ChannelService);
    const context = await app.get(RequestContextService).create({ apiType: 'admin' });
    const { id } = await channels.getDefaultChannel();
    await channels.update(context, { id, defaultCurrencyCode: 'GBP', availableCurrencyCodes: ['GBP'] });
    return app;
  };
  const app = await populate(start, initialData, path.join(__dirname, 'products.csv'));
  const end = () => app.close().finally(() => process.exit(0));
  process.stdin.on('end', end).resume();
  process.on('SIGTERM', end);
  process.stdout.write('\nPEER READY\n');
}

main().catch(error => {
  process.stderr.write(`${error.stack ?? error}\n`);
  process.exit(1);
});
