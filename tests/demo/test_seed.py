import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from catalog.models import Print
from demo.catalogue import PRINTS
from demo.management.commands import seed_demo
from demo.members import MEMBERS
from demo.papers import PAPERS
from documents.models import Document

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Three small prints instead of twenty-four: what is drawn is tested elsewhere."""
    monkeypatch.setattr(seed_demo, "PRINTS", PRINTS[:3])
    monkeypatch.setattr(seed_demo, "WIDTH", 64)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def seed(*arguments, out=None):
    out = out or io.StringIO()
    call_command("seed_demo", *arguments, stdout=out)
    return out.getvalue()


def test_the_site_is_filled_and_a_second_run_adds_nothing(stored):
    assert f"{3 + len(MEMBERS) + len(PAPERS)} made" in seed()
    first = stored()
    assert "0 made, " in seed()
    assert stored() == first
    assert Print.objects.count() == 3
    assert User.objects.count() == len(MEMBERS)
    assert Document.objects.count() == len(PAPERS)


def test_the_first_in_hanging_order_hangs_first(client):
    seed()
    assert [p.title for p in client.get("/").context["prints"]] == [e.title for e in PRINTS[:3]]


def test_an_interrupted_run_is_taken_up_where_it_stopped():
    seed()
    Print.objects.filter(title=PRINTS[1].title).delete()
    Document.objects.first().delete()
    assert "2 made" in seed()


def test_nobody_can_sign_in_as_a_demo_member_elsewhere(client):
    assert "vitrine-demo" not in seed()
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.parametrize("mode", ["DEBUG", "DEMO"])
def test_in_development_and_demonstrations_a_member_and_a_staff_member_can_sign_in(
    client, settings, mode
):
    setattr(settings, mode, True)
    said = seed()
    for entry in MEMBERS[:2]:
        assert f"{entry.username} / {seed_demo.PASSWORD}" in said
        assert client.login(username=entry.username, password=seed_demo.PASSWORD)
    assert [entry.is_staff for entry in MEMBERS[:2]] == [False, True]


@pytest.mark.parametrize("mode", ["DEBUG", "DEMO"])
def test_the_known_passwords_do_not_survive_a_move_to_production(client, settings, mode):
    setattr(settings, mode, True)
    seed()
    setattr(settings, mode, False)
    seed()
    assert not any(user.has_usable_password() for user in User.objects.all())
    setattr(settings, mode, True)
    seed()
    assert client.login(username="alice", password=seed_demo.PASSWORD)


def test_where_demo_is_off_only_the_known_passwords_go(client, settings):
    """A database of a demonstration that became another's: nobody signs in as its staff."""
    settings.DEMO = True
    seed()
    settings.DEMO = False
    User.objects.create_user("dora", "dora@example.org", seed_demo.PASSWORD)
    prints = Print.objects.count()
    said = seed("--if-demo")
    assert "alice" in said
    assert "stella" in said
    assert not client.login(username="stella", password=seed_demo.PASSWORD)
    assert client.login(username="dora", password=seed_demo.PASSWORD)  # not of the demonstration
    assert Print.objects.count() == prints
    assert "nobody has a password" in seed("--if-demo")


def test_a_second_run_signs_nobody_out(client, settings):
    settings.DEMO = True
    seed()
    client.login(username="alice", password=seed_demo.PASSWORD)
    seed()
    assert client.get("/documents/").status_code == 200


def test_a_member_who_was_half_made_is_made_whole(monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(seed_demo.Command, "save", broken)
        with pytest.raises(OSError, match="disk full"):
            seed()
    assert "disk" not in seed()
    assert User.objects.get(username="alice").profile.avatar


def test_a_member_of_the_same_name_is_not_touched(alice):
    alice.email = "alice@elsewhere.example"
    alice.save()
    with pytest.raises(CommandError, match="not of the demo"):
        seed()
    alice.profile.refresh_from_db()
    assert not alice.profile.avatar


def test_the_phone_photograph_loses_its_place_and_stands_upright():
    from PIL import Image

    seed()
    avatar = User.objects.get(username="ingrid").profile.avatar
    with avatar.open() as file, Image.open(file) as picture:
        assert picture.size == (512, 512)
        assert not picture.getexif()


def test_a_terminal_sees_a_bar_that_fills():
    said = seed(out=Terminal())
    total = 3 + len(MEMBERS) + len(PAPERS)
    assert f"{total}/{total}" in said
    assert "█" in said


def test_a_member_who_has_no_room_left_stops_nothing(settings):
    seed()
    Document.objects.first().delete()
    settings.QUOTA_FILES = 1
    left = Document.objects.count()
    assert "1 made" not in seed()
    assert Document.objects.count() == left


def test_a_paper_that_the_site_would_refuse_stops_the_command(monkeypatch):
    from demo.papers import DemoPaper

    monkeypatch.setattr(seed_demo, "PAPERS", [DemoPaper("x.pdf", "alice", lambda: b"not a PDF")])
    with pytest.raises(CommandError, match=r"x\.pdf was refused"):
        seed()
