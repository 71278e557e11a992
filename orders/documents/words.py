"""The words on documents, in the active language."""

from django.utils.translation import gettext, pgettext

from orders.models import DocumentKind


def title(kind: str) -> str:
    """What the document is called."""
    return {
        DocumentKind.QUOTE: gettext("Quote"),
        DocumentKind.ORDER_CONFIRMATION: gettext("Order confirmation"),
        DocumentKind.PACKING_SLIP: gettext("Packing slip"),
        DocumentKind.INVOICE: gettext("Invoice"),
        DocumentKind.CREDIT_NOTE: gettext("Credit note"),
        DocumentKind.RETURN_FORM: gettext("Return form"),
        DocumentKind.PURCHASE_ORDER: gettext("Purchase order"),
    }[DocumentKind(kind)]


def recipient(kind: str) -> str:
    """What stands above the customer's address."""
    if kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE):
        return gettext("Bill to")
    if kind == DocumentKind.PACKING_SLIP:
        return gettext("Ship to")
    if kind == DocumentKind.PURCHASE_ORDER:
        return gettext("Supplier")
    return pgettext("on a document", "Customer")


def reference(what: str) -> str:
    """The name of a fact at a document's head."""
    return {
        "ordered": gettext("Ordered on"),
        "your_order": gettext("Your order number"),
        "channel": gettext("Ordered through"),
        "service": gettext("Shipping service"),
        "promised": gettext("Promised for"),
        "order": gettext("Order"),
        "shipped": gettext("Shipped on"),
        "warehouse": gettext("Warehouse"),
        "carrier": gettext("Carrier"),
        "tracking": gettext("Tracking number"),
        "issued": gettext("Issued on"),
        "supplied": gettext("Goods left on"),
        "corrects": gettext("Corrects invoice"),
        "corrects_date": gettext("Invoice of"),
        "return": gettext("Return"),
        "reason": gettext("Reason"),
        "requested": gettext("Requested on"),
        "deliver_by": gettext("Deliver by"),
        "revision": gettext("Revision"),
        "your_offer": gettext("Your offer"),
        "written": gettext("Written on"),
        "valid_until": gettext("Valid until"),
    }[what]


def closing(kind: str) -> list[str]:
    """What is said below the lines."""
    return {
        DocumentKind.QUOTE: [gettext("This is an offer, not an invoice: nothing is to be paid yet.")],
        DocumentKind.ORDER_CONFIRMATION: [gettext("Thank you for your order.")],
        DocumentKind.PACKING_SLIP: [
            gettext("Please check the goods on arrival and tell us what is missing or damaged.")
        ],
        DocumentKind.INVOICE: [],
        DocumentKind.CREDIT_NOTE: [gettext("This amount is credited to you.")],
        DocumentKind.RETURN_FORM: [
            gettext("1. Put the goods and this page into the parcel, packed so that nothing can break."),
            gettext("2. Cut out the address below and stick it on the parcel, its barcode visible."),
            gettext("3. Keep the carrier's receipt until your refund has arrived."),
        ],
        DocumentKind.PURCHASE_ORDER: [
            gettext("Prices are before tax. Please confirm quantities, prices and the day of delivery."),
            gettext("Please show our order number on your delivery note and invoice."),
        ],
    }[DocumentKind(kind)]
