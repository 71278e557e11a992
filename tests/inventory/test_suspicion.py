"""Each rule on what looks like theft or error, with a case that it finds and one that it leaves alone."""

import datetime
from decimal import Decimal

from inventory.suspicion import Fact, suspicions

D = Decimal
MONDAY = datetime.datetime(2026, 3, 9, 12)


def fact(move_id, user="ann", *, day=0, hour=12, loss=True, count=False, sku=1, place=1, quantity="1", value="10"):
    at = MONDAY.replace(hour=hour) + datetime.timedelta(days=day)
    names = (sku, f"S{sku}", place, f"LON · {place}")
    return Fact(move_id, at, loss, count, *names, user, D(quantity), D(value))


def found(*facts):
    return {(hit.rule, hit.user or hit.place): hit for hit in suspicions(sorted(facts, key=lambda f: f.at))}


def test_one_person_far_above_the_others():
    peers = [fact(n, user, sku=n, place=n) for n, user in enumerate(("bob", "cid", "dot"), start=1)]

    hits = found(*peers, fact(9, "eve", value="31", sku=9, place=9))

    assert set(hits) == {("user_outlier", "eve")}
    assert hits["user_outlier", "eve"].words == (
        "eve booked losses of 31.00 in 1 moves; half of the other 3 booked 10.00 or less."
    )
    assert found(*peers, fact(9, "eve", value="30", sku=9, place=9)) == {}
    assert found(peers[0], fact(9, "eve", value="99", sku=9, place=9)) == {}  # nobody to compare with


def test_dear_goods_are_compared_among_themselves():
    cheap = [fact(n, "ann", sku=n, place=n, value="40", quantity="40") for n in range(1, 6)]
    dear = [fact(20 + n, user, sku=9, place=20 + n, value="50") for n, user in enumerate(("bob", "cid"))]

    hits = found(*cheap, *dear, *(fact(30 + n, "eve", sku=9, place=30 + n, value="100") for n in range(2)))

    assert ("user_dear_goods", "eve") in hits and ("user_dear_goods", "ann") not in hits


def test_a_place_that_loses_again_and_again():
    hits = found(*(fact(n, day=n, quantity=str(n + 1)) for n in range(3)))

    assert set(hits) == {("place_repeats", "LON · 1")}
    assert hits["place_repeats", "LON · 1"].moves == (2, 1, 0)
    assert found(*(fact(n, quantity=str(n + 1)) for n in range(3))) == {}  # all on one day


def test_a_loss_right_after_a_count():
    counted = fact(1, "bob", count=True, quantity="5")

    [hit] = suspicions([counted, fact(2, hour=15)])

    assert (hit.rule, hit.words) == ("after_count", "ann booked a loss of S1 in LON · 1 3 h after it was counted.")
    assert found(counted, fact(2, day=2)) == {}
    assert found(counted, fact(2, hour=15, place=2)) == {}


def test_losses_at_odd_hours():
    assert set(found(fact(1, hour=23), fact(2, hour=3, place=2, quantity="2"))) == {("odd_hours", "ann")}
    assert found(fact(1, hour=6), fact(2, hour=21, place=2, quantity="2")) == {}


def test_what_was_lost_and_found_again_is_a_miscount():
    lost, back = fact(1, quantity="7"), fact(2, "bob", day=3, loss=False, quantity="7", place=2)

    [hit] = suspicions([lost, back])

    assert (hit.rule, hit.moves) == ("miscount", (2, 1))
    assert hit.words == "7 of S1 were lost in LON · 1 and found 3 days later in LON · 2."
    assert found(lost, fact(2, day=3, loss=False, quantity="6")) == {}
    assert found(lost, fact(2, day=31, loss=False, quantity="7")) == {}
