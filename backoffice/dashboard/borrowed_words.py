"""What the theme and Django say by themselves: listed for the catalogues alone, for they lack Georgian or Russian."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

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
    # what Django's forms say, of which its own Georgian lacks
    _(
        "%(datetime)s couldn’t be interpreted in time zone %(current_timezone)s; it may be ambiguous or it may not exist."
    ),
    _("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    _("Constraint “%(name)s” is violated."),
    _("Enable password-based authentication for this user by setting a password."),
    _(
        "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s,"
        " e.g. %(offset)s, %(valid_value1)s, %(valid_value2)s, and so on."
    ),
    _("Ensure this value is a multiple of step size %(limit_value)s."),
    _("Enter a valid %(protocol)s address."),
    _("Enter a valid JSON."),
    _("Enter a valid UUID."),
    _("Enter a valid domain name."),
    _(
        "Enter a valid username. This value may contain only unaccented lowercase a-z and uppercase A-Z letters, numbers, and @/./+/-/_ characters."
    ),
    _("Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens."),
    _("File extension “%(extension)s” is not allowed. Allowed extensions are: %(allowed_extensions)s."),
    _(
        "ManagementForm data is missing or has been tampered with. Missing fields: %(field_names)s. You may need to file a bug report if the issue persists."
    ),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Reset password"),
    _("Select this object for an action - {}"),
    _("The inline value did not match the parent instance."),
    _("“%(value)s” value has an invalid date format. It must be in YYYY-MM-DD format."),
    _("“%(value)s” value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format."),
    _("“%(value)s” value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."),
    _("“%(value)s” value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format."),
    _("“%(value)s” value has the correct format (HH:MM[:ss[.uuuuuu]]) but it is an invalid time."),
    _("“%(value)s” value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid date/time."),
    _("“%(value)s” value has the correct format (YYYY-MM-DD) but it is an invalid date."),
    _("“%(value)s” value must be a float."),
    _("“%(value)s” value must be either None, True or False."),
    _("“%(value)s” value must be either True or False."),
    _("“%(value)s” value must be either True, False, or None."),
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
    ngettext_lazy("Please submit at least %(num)d form.", "Please submit at least %(num)d forms.", "num"),
    ngettext_lazy("Please submit at most %(num)d form.", "Please submit at most %(num)d forms.", "num"),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
