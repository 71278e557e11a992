"""What the handheld's scripts say."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    # the frame
    "offline": _("No Wi-Fi"),
    "waiting": _("%(n)s waiting"),
    "refused": _("%(n)s refused"),
    "kept": _("Kept on this handheld: it is sent when the Wi-Fi is back."),
    "revoked": _("This handheld is not enrolled any more. Do not switch it off: ask your lead."),
    "no_camera": _("This browser reads no barcodes by camera: use the scanner, or type the code."),
    "camera_refused": _("The camera may not be used: allow it in the browser's settings."),
    "no_store": _("This browser keeps nothing: leave private mode, or scans are lost without Wi-Fi."),
    # picking
    "go_to": _("Go to %(bin)s and scan it."),
    "scan_item": _("Scan %(sku)s."),
    "wrong_bin": _("Wrong bin: you are at %(given)s, go to %(wanted)s."),
    "wrong_item": _("Wrong article: put %(given)s back and take %(wanted)s."),
    "too_many": _("That is more than asked: put it back."),
    "picked": _("%(sku)s picked."),
    "list_done": _("The list is done: bring the goods to %(to)s."),
    "list_done_waiting": _("All is scanned; %(n)s scans wait for the Wi-Fi. Bring the goods to %(to)s."),
    "say_why": _("Say why it is less."),
    "scan_first": _("Scan one of it first."),
    "bad_quantity": _("“%(text)s” is not a quantity."),
    "lot": _("Lot %(lot)s"),
    "take_over": _("Take over"),
    # packing and receiving
    "not_in_it": _("%(given)s is not in this parcel: put it aside."),
    "not_on_it": _("%(given)s is not on this delivery: put it aside."),
    "counted": _("%(sku)s: %(n)s of %(of)s"),
    "packed": _("Packed."),
    "received": _("Received."),
    "over": _("More than ordered: it waits for your lead."),
    "nothing": _("Nothing was scanned yet."),
    "not_all": _("Not all is scanned: %(sku)s."),
    # moving
    "from": _("Scan the bin you take it from."),
    "what": _("Scan the article."),
    "how_many": _("How many? Scan each, or type."),
    "to": _("Scan the bin you put it into."),
    "moved": _("%(n)s × %(sku)s moved to %(to)s."),
    # counting
    "ask_article": _("Scan what lies here, each unit, or type how many."),
    "ask_lot": _("Scan the lot."),
    "ask_serial": _("Scan the number of each unit."),
    "count_again": _("Counted again"),
    "count_only": _("Count only %(sku)s."),
    "counted_by_you": _("You counted it before: somebody else counts it again."),
    "counted_before": _("%(bin)s was counted."),
    "count_by_other": _("%(user)s counts this: take another bin."),
    "not_to_count": _("%(given)s is not to be counted: scan a bin of the list."),
    "finish_first": _("You are counting %(bin)s: finish it first."),
    "serial_twice": _("%(serial)s was scanned already."),
    "none_of": _("Nothing was scanned of: %(skus)s. Is none of it there?"),
    "all_named": _("Is everything in this bin written down?"),
    "bin_empty": _("Nothing was scanned. Is the bin empty?"),
    "bin_counted": _("%(bin)s is counted."),
    "none_to_count": _("Nothing is to be counted here now."),
    # putting away and refilling
    "put_into": _("Put it into %(bin)s and scan it."),
    "no_task": _("No task is for %(text)s: put it aside, or load the list again."),
    "other_bin": _("%(given)s is not the bin of this task: go to %(wanted)s, or choose “Another bin” first."),
    "noted": _("Noted: the rest is not there."),
    "nothing_left": _("All is done."),
    # looking up
    "no_match": _("Nothing is known as “%(text)s”."),
    "needs_line": _("Looking up needs the Wi-Fi."),
    "empty": _("Nothing lies here."),
    # what waits
    "none_waiting": _("Nothing waits, nothing was refused."),
    "retry": _("Try again"),
    "discard": _("Discard scan"),
    "why": _("Why is it discarded?"),
    "state_waiting": _("Waits for the Wi-Fi"),
    "state_refused": _("Refused"),
    "by": _("by %(user)s"),
}

SHORT_REASONS = (
    ("not_there", _("Not there")),
    ("damaged", _("Damaged")),
    ("cannot_reach", _("Cannot reach it")),
    ("other", _("Something else")),
)
