"""`make demo`: everything on one machine, with a company to look at."""

import os

DEMO_USER = "owner"
DEMO_PIN = "4826"  # of those who work on the floor, on an enrolled handheld only
DEMO_PASSWORD = os.environ.get("BACKOFFICE_DEMO_PASSWORD", "backoffice")  # of every demo user; loopback only
SAMPLE_CHANNEL = "market"  # the channel that the sample shop is connected to
