"""HTTPS for the floor: an authority of one's own, and a server certificate for the names given."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.embedded import data_dir
from warehouse.scan import certificates

AFTERWARDS = """
Serve with it (`make demo` does, on port 8443, from its next start):
  BACKOFFICE_ALLOWED_HOSTS=localhost,{names} \\
  gunicorn backoffice.wsgi:application --bind 0.0.0.0:8443 --worker-class backoffice.web_worker.WaitTellingWorker --threads 4 \\
    --certfile {folder}/server.pem --keyfile {folder}/server-key.pem

Let each handheld trust the authority, once: bring {folder}/ca.crt to it (it is no secret).
  Android   Settings > Security > Encryption and credentials > Install a certificate > CA certificate
  iOS       open the file, Settings > Profile downloaded > Install; then Settings > General > About >
            Certificate Trust Settings: switch it on
  Windows   open the file, Install certificate > Local machine > Trusted root certification authorities
  Linux     copy it to /usr/local/share/ca-certificates/ and run update-ca-certificates; Chromium: Settings >
            Privacy and security > Security > Manage certificates

Then open https://{first}:8443/scan/ on the handheld.
Keep {folder}/ca-key.pem to yourself: whoever has it can sign for any site that the handhelds visit.
"""


class Command(BaseCommand):
    help = "Make or renew the certificates with which handhelds reach this server over HTTPS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="Host names and IP addresses, the first one most used.")
        parser.add_argument("--folder", type=Path, default=data_dir() / "floor", help="Where they are kept.")
        parser.add_argument("--renew", action="store_true", help="Renew now; without it only within the last 30 days.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"].resolve()
        before = certificates.names_of(folder)
        names = options["names"] or before
        if not names:
            raise CommandError("Give the names or addresses under which the handhelds reach the server.")
        if certificates.ensure_authority(folder):
            self.stdout.write(f"made the authority {folder / certificates.CA_CERT} (valid for 10 years)")
        if not options["renew"] and set(names) == set(before) and not certificates.ends_soon(folder):
            self.stdout.write("the server's certificate is good: nothing to do")
            return
        try:
            made = certificates.make_server(folder, names)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"made {folder / certificates.CERT} for {', '.join(names)}, valid until {made.not_valid_after_utc:%Y-%m-%d}"
        )
        self.stdout.write(AFTERWARDS.format(folder=folder, names=",".join(names), first=names[0]))
