"""Every GraphQL document that we send; each is validated against the schema of a running Vendure by a test."""

_ADDRESS = "fullName company streetLine1 streetLine2 city province postalCode countryCode phoneNumber"
_ORDER = f"""
id code type state createdAt updatedAt orderPlacedAt currencyCode totalWithTax
lines {{ id quantity orderPlacedQuantity unitPrice linePrice proratedLinePrice proratedLinePriceWithTax
  proratedUnitPrice proratedUnitPriceWithTax taxRate productVariant {{ id sku name }} }}
surcharges {{ id description price priceWithTax taxRate }}
shippingLines {{ id discountedPrice discountedPriceWithTax shippingMethod {{ code name }}
  discounts {{ adjustmentSource amount amountWithTax }} }}
payments {{ id state amount method transactionId createdAt
  refunds {{ id state total shipping reason createdAt updatedAt lines {{ orderLineId quantity }} }} }}
fulfillments {{ id state lines {{ orderLineId quantity }} }}
modifications {{ id lines {{ orderLineId quantity }} }}
customer {{ id firstName lastName emailAddress phoneNumber }}
shippingAddress {{ {_ADDRESS} }}
billingAddress {{ {_ADDRESS} }}"""
# How many decimals amounts have there, whatever the currency.
_PRECISION = "globalSettings { serverConfig { moneyStrategyPrecision } }"
_ERROR = "__typename ... on ErrorResult { errorCode message }"

CLOCK = "query Clock { activeChannel { id defaultCurrencyCode pricesIncludeTax } }"

LOGIN = f"""
mutation Login($username: String!, $password: String!) {{
  login(username: $username, password: $password, rememberMe: true) {{ {_ERROR} ... on CurrentUser {{ id }} }} }}"""

ORDERS = f"""
query Orders($options: OrderListOptions!) {{
  orders(options: $options) {{ items {{ {_ORDER} }} }} {_PRECISION} }}"""

ORDER = f"query Order($id: ID!) {{ order(id: $id) {{ {_ORDER} }} {_PRECISION} }}"

CANCELLATIONS = """
query Cancellations($id: ID!) {
  order(id: $id) { history(options: {take: 100, filter: {type: {eq: "ORDER_CANCELLATION"}}}) {
    items { createdAt data } } } }"""

ORDER_IDS = "query OrderIds($options: OrderListOptions!) { orders(options: $options) { items { id } totalItems } }"

FULFILMENTS = """
query Fulfilments($id: ID!) {
  order(id: $id) { id state lines { id quantity }
    fulfillments { id state trackingCode lines { orderLineId quantity } } } }"""

FULFIL = f"""
mutation Fulfil($input: FulfillOrderInput!) {{
  addFulfillmentToOrder(input: $input) {{ {_ERROR} ... on Fulfillment {{ id state }} }} }}"""

SHIP = f"""
mutation Ship($id: ID!) {{
  transitionFulfillmentToState(id: $id, state: "Shipped") {{ {_ERROR} ... on Fulfillment {{ id state }} }} }}"""

VARIANTS = f"""
query Variants($options: ProductVariantListOptions!) {{
  productVariants(options: $options) {{ items {{ id sku name enabled
    stockLevels {{ stockLocationId stockOnHand stockAllocated }} }} }} {_PRECISION} }}"""

LOCATIONS = "query Locations { stockLocations(options: {take: 100}) { items { id name } } }"

SET_VARIANTS = """
mutation SetVariants($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }"""

ALL = {
    name: document
    for name, document in globals().copy().items()
    if name.isupper() and isinstance(document, str) and not name.startswith("_")
}
