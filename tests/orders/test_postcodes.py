"""Where postcodes are: imported from a file, again without change, and nothing of a bad one."""

import pytest
from django.core.management import CommandError, call_command

from orders.models import PostcodeCentroid
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db

GOOD = (
    "GB\tYO1 7HH\tYork\tEngland\tENG\t\t\t\t\t53.96\t-1.08\t4\n"
    "GB\tE1\tLondon\t\t\t\t\t\t\t51.5\t-0.05\t4\n"
    "GB\tE1\tLondon\t\t\t\t\t\t\t51.7\t-0.07\t4\n"
    "\n"
    "DE\t10115\tBerlin\t\t\t\t\t\t\t52.53\t13.38\t6\n"
)


def centroids():
    return {(c.country, c.postcode): (float(c.latitude), float(c.longitude)) for c in PostcodeCentroid.objects.all()}


def test_a_file_is_imported_and_a_second_run_changes_nothing(tmp_path, capsys):
    file = tmp_path / "places.txt"
    file.write_text(GOOD)

    call_command("import_postcodes", file)

    first = centroids()
    assert first == {("GB", "YO17HH"): (53.96, -1.08), ("GB", "E1"): (51.6, -0.06), ("DE", "10115"): (52.53, 13.38)}
    assert capsys.readouterr().out == "3 postcodes\n"
    call_command("import_postcodes", file)
    assert centroids() == first


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("GB\tE1\tLondon\n", "line 5 is not in the layout"),
        ("GB\tE1\tLondon\t\t\t\t\t\t\tnorth\t-0.05\t4\n", "line 5 is not in the layout"),
        ("GB\tE1\tLondon\t\t\t\t\t\t\t91\t-0.05\t4\n", "GB E1 (91, -0.05)"),
        ("GBR\tE1\tLondon\t\t\t\t\t\t\t51\t-0.05\t4\n", "GBR E1"),
        ("GB\t---\tLondon\t\t\t\t\t\t\t51\t-0.05\t4\n", "GB ---"),
        ("GB\tE1\tLondon\t\t\t\t\t\t\tNaN\t-0.05\t4\n", "line 5 is not in the layout"),
    ],
)
def test_nothing_of_a_file_with_a_bad_line_is_imported(tmp_path, line, said):
    file = tmp_path / "places.txt"
    file.write_text(GOOD.replace("\n\n", "\n") + line)

    with refused(CommandError, match="nothing was imported") as caught:
        call_command("import_postcodes", file)

    assert said in str(caught.value)
    assert PostcodeCentroid.objects.count() == 0


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CommandError, match="is no file"):
        call_command("import_postcodes", tmp_path / "nowhere.txt")
