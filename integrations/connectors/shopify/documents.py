"""Every GraphQL document that we send; each is validated against Shopify's schema of this version by a test."""

from datetime import date

VERSION = "2026-10"
ENDS = date(2027, 10, 1)  # a version lives twelve months

_MONEY = "shopMoney { amount currencyCode }"
_LINE = f"""
id sku name quantity currentQuantity
originalUnitPriceSet {{ {_MONEY} }}
discountAllocations {{ allocatedAmountSet {{ {_MONEY} }} }}
taxLines {{ title rate channelLiable priceSet {{ {_MONEY} }} }}"""
_ADDRESS = "firstName lastName company address1 address2 city provinceCode zip countryCodeV2 phone"
_ORDER = f"""
id name createdAt processedAt updatedAt cancelledAt test note sourceName email phone edited
currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus displayFulfillmentStatus
totalPriceSet {{ shopMoney {{ amount currencyCode }} presentmentMoney {{ amount currencyCode }} }}
currentTotalPriceSet {{ {_MONEY} }}
totalTipReceivedSet {{ {_MONEY} }}
currentTotalDutiesSet {{ {_MONEY} }}
currentTotalAdditionalFeesSet {{ {_MONEY} }}
customer {{ id firstName lastName }}
shippingAddress {{ {_ADDRESS} }}
billingAddress {{ {_ADDRESS} }}
shippingLines(first: 10) {{ nodes {{ title code isRemoved
  discountedPriceSet {{ {_MONEY} }} taxLines {{ title rate channelLiable priceSet {{ {_MONEY} }} }} }} }}
lineItems(first: 30) {{ nodes {{ {_LINE} }} pageInfo {{ hasNextPage endCursor }} }}
transactions(first: 30) {{ id kind status processedAt gateway amountSet {{ {_MONEY} }} parentTransaction {{ id }} }}
refunds(first: 30) {{ id createdAt note
  totalRefundedSet {{ {_MONEY} }}
  transactions(first: 10) {{ nodes {{ status }} }}
  refundLineItems(first: 50) {{ nodes {{ quantity restockType lineItem {{ id }}
    subtotalSet {{ {_MONEY} }} totalTaxSet {{ {_MONEY} }} }} pageInfo {{ hasNextPage }} }}
  refundShippingLines(first: 5) {{ nodes {{ subtotalAmountSet {{ {_MONEY} }} taxAmountSet {{ {_MONEY} }} }} }} }}"""

CLOCK = "query Clock { shop { currencyCode } publicApiVersions { handle supported } }"

ORDERS = f"""
query Orders($query: String!, $after: String) {{
  orders(first: 20, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ {_ORDER} }} pageInfo {{ hasNextPage endCursor }} }} }}"""

ORDER = f"query Order($id: ID!) {{ order(id: $id) {{ {_ORDER} }} }}"

MORE_LINES = f"""
query MoreLines($id: ID!, $after: String!) {{
  order(id: $id) {{ lineItems(first: 100, after: $after) {{ nodes {{ {_LINE} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""

ORDER_IDS = """
query OrderIds($query: String!, $after: String) {
  orders(first: 250, after: $after, query: $query, sortKey: CREATED_AT) {
    nodes { id } pageInfo { hasNextPage endCursor } } }"""

FULFILMENT_ORDERS = """
query FulfilmentOrders($id: ID!) {
  order(id: $id) {
    cancelledAt
    fulfillments(first: 50) { id status trackingInfo { number }
      fulfillmentLineItems(first: 50) { nodes { quantity lineItem { id } } } }
    fulfillmentOrders(first: 20) { nodes { id status
      lineItems(first: 50) { nodes { id remainingQuantity lineItem { id } } } } } } }"""

FULFIL = """
mutation Fulfil($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } } }"""

SET_STOCK = """
mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field message code } } }"""

LISTINGS = """
query Listings($after: String) {
  productVariants(first: 100, after: $after) {
    nodes { sku barcode displayName inventoryItem { id } } pageInfo { hasNextPage endCursor } } }"""

VARIANTS = """
query Variants($ids: [ID!]!) {
  nodes(ids: $ids) { ... on InventoryItem { id variant { id product { id } } } } }"""

CHANGE_VARIANTS = """
mutation ChangeVariants($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {
    userErrors { field message code } } }"""

FIND_SKUS = """
query FindSkus($query: String!) {
  productVariants(first: 250, query: $query) { nodes { sku inventoryItem { id } product { id } } } }"""

PRODUCTS = """
query Products($ids: [ID!]!) {
  nodes(ids: $ids) { ... on InventoryItem { id measurement { weight { value unit } }
    variant { id barcode price product { id title descriptionHtml vendor status mediaCount { count } } } } } }"""

MAKE_PRODUCT = """
mutation MakeProduct($identifier: ProductSetIdentifiers!, $input: ProductSetInput!) {
  productSet(identifier: $identifier, input: $input, synchronous: true) {
    product { id variants(first: 250) { nodes { sku inventoryItem { id } } } } userErrors { field message code } } }"""

ADD_VARIANTS = """
mutation AddVariants($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkCreate(productId: $productId, variants: $variants) {
    productVariants { sku inventoryItem { id } } userErrors { field message code } } }"""

CHANGE_PRODUCT = """
mutation ChangeProduct($product: ProductUpdateInput!, $media: [CreateMediaInput!]) {
  productUpdate(product: $product, media: $media) { product { id } userErrors { field message } } }"""

PUBLISH = """
mutation Publish($id: ID!, $input: [PublicationInput!]!) {
  publishablePublish(id: $id, input: $input) { userErrors { field message } } }"""

ALL = {
    name: document
    for name, document in globals().copy().items()
    if name.isupper() and isinstance(document, str) and not name.startswith("_") and name != "VERSION"
}
