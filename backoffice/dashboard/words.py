"""Texts that appear in no source of ours: codes that pages show as words, and the theme's own texts.

Listed for the catalogues alone; `show.in_words` and the theme look them up. The theme has no Georgian or Russian.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

CODES = (
    # what happens to transfers
    _("Settled"),
    _("Cut"),
    # rights with names of their own
    _("Can see who lost what"),
    # storeys of the proof
    _("Core"),
    # jobs of the channels and of the house
    _("Pull orders"),
    _("Push stock"),
    _("Push tracking"),
    _("Import file"),
    _("Prove"),
    _("Run"),
    # states that are no choices
    _("Running"),
    _("Stopped"),
    _("Failed"),
    _("Dead"),
    _("Dropped"),
    _("Ok"),
    _("Differs"),
    # how far an order is paid, and what happened to its payments
    _("Unpaid"),
    _("Part paid"),
    _("Paid"),
    _("Over paid"),
    _("Part refunded"),
    _("Payment authorise"),
    _("Payment capture"),
    _("Payment void"),
    _("Payment refund"),
    # what the audit trail calls things
    _("Create"),
    _("Created"),
    _("Change"),
    _("Changed"),
    _("Secrets"),
    _("Drop"),
    _("Retry"),
    _("Replay"),
    _("Held"),
    _("Pinned"),
    _("Unpinned"),
    _("Sourced again"),
    _("Hold"),
    _("Hold released"),
    _("Mapped"),
    _("Credited"),
    _("Cancelled part"),
    _("Cancelled rest"),
    _("Cancel requested"),
    _("Cancel accepted"),
    _("Cancel refused"),
    _("Cancel withdrawn"),
    _("Edited"),
    _("Proposed"),
    _("Chased"),
    _("Noted"),
    _("Closed short"),
    _("Drafted"),
    _("Merged"),
    _("Unmerged"),
    _("Split"),
    _("Line"),
    _("Opening"),
    # rights
    _("Add"),
    _("Delete"),
    _("View"),
    # kinds of open items
    _("Bill"),
    _("Deposit"),
    _("Payout"),
)
THEME = (
    _("Select record"),
    _("Select action"),
    _("Collapse"),
    _("Date from"),
    _("Date to"),
    _("Not enough data."),
    _("Add new item"),
    _("Group"),
    _("Group permissions"),
    _("User permissions"),
    _("Comment"),
    _("Changes"),
    _("Select action to run"),
    _(
        "Raw passwords are not stored, so there is no way to see this user’s password, but you can change the password "
        'using <a href="{}" class="text-primary-600 dark:text-primary-500">this form</a>.'
    ),
    _("Select value"),
    _("You don’t have permission to view or edit anything."),
    _("After you've created a user, you’ll be able to edit more user options."),
    _("Expand row"),
    _("Welcome back to"),
    _(
        "You are authenticated as %(username)s, but are not authorized to access this page. "
        "Would you like to login to a different account?"
    ),
    _("Forgotten your password or username?"),
    _("Type to search"),
    _("You have been successfully logged out from the administration"),
    _("Thanks for spending some quality time with the web site today."),
    _(
        "Please enter your old password, for security’s sake, and then enter your new password twice "
        "so we can verify you typed it in correctly."
    ),
    _("No data"),
    _("More actions"),
    _("All applications"),
    _("True"),
    _("False"),
    _("Apply Filters"),
    _("Filters"),
    _("From"),
    _("To"),
    _("Password-based authentication"),
    _("Disabled"),
    _("Enabled"),
    _(
        "Whether the user will be able to authenticate using a password or not. "
        "If disabled, they may still be able to authenticate using other backends, "
        "such as Single Sign-On or LDAP."
    ),
    _("Select all rows"),
    _("Recent searches"),
    _("No recent searches"),
    _("No results matching your query"),
    _("Loading more results..."),
    _("Cancel"),
    _("Record picture"),
    _("This item will be deleted."),
    _("Click to cancel"),
    _("No results found"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Reset filters"),
    _("Image preview"),
    _("Click to download"),
    _("Go back"),
    _("Previous"),
    _("Next"),
    _("Search apps and models..."),
    _("Light"),
    _("Dark"),
    _("Return to site"),
    _("Choose file to upload"),
    _("Toggle password visibility"),
    _("Add row"),
    _("Select all objects on this page for an action"),
    _("Select currency"),
    # of Django, which has them in Russian but not, or not well, in Georgian
    _("Save and continue editing"),
    _("Month"),
    _("Day"),
    _("Year"),
    _("Error:"),
    _("Model name"),
    _("Select %s to view"),
    _("Hold down “Control”, or “Command” on a Mac, to select more than one."),
    _("The {name} “{obj}” was added successfully."),
    _("You may edit it again below."),
    _("The {name} “{obj}” was added successfully. You may add another {name} below."),
    _("The {name} “{obj}” was changed successfully."),
    _("The {name} “{obj}” was changed successfully. You may edit it again below."),
    _("The {name} “{obj}” was changed successfully. You may add another {name} below."),
    _("The %(name)s “%(obj)s” was deleted successfully."),
    _("%(name)s with ID “%(key)s” doesn’t exist. Perhaps it was deleted?"),
    _(
        "Deleting %(class_name)s %(instance)s would require deleting the following protected related objects: "
        "%(related_objects)s"
    ),
    _("We’re sorry, but the requested page could not be found."),
    _("Start typing to filter…"),
    _("This object doesn’t have a change history. It probably wasn’t added via this admin site."),
    _("Forgotten your login credentials?"),
    _("Disable password-based authentication"),
    _("Enable password-based authentication"),
    _("Toggle theme (current theme: auto)"),
    _("Toggle theme (current theme: light)"),
    _("Toggle theme (current theme: dark)"),
    _("Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
    _("“%(value)s” value must be a decimal number."),
    _("“%(value)s” value must be an integer."),
    _("“%(value)s” is not a valid UUID."),
    _("“%(pk)s” is not a valid value."),
    _("%(model)s instance with %(field)s %(value)r does not exist."),
    _("CSRF verification failed. Request aborted."),
    _(
        "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.",
    ),
)
COUNTED = (
    ngettext_lazy("Please correct the error below.", "Please correct the errors below."),
    ngettext_lazy(
        "\n                Found %(counter)s result in %(time)s seconds\n            ",
        "\n                Found %(counter)s results in %(time)s seconds\n            ",
        "counter",
    ),
    ngettext_lazy(
        "Ensure this filename has at most %(max)d character (it has %(length)d).",
        "Ensure this filename has at most %(max)d characters (it has %(length)d).",
        "max",
    ),
)
