import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Profile, User

pytestmark = pytest.mark.django_db

SIGN_UP = {
    "username": "dora",
    "email": "dora@example.com",
    "password1": "a long enough secret",
    "password2": "a long enough secret",
}


def test_signing_up_signs_in_and_leads_to_ones_own_profile(client):
    response = client.post(reverse("signup"), SIGN_UP, follow=True)
    assert response.redirect_chain == [(reverse("profile_edit"), 302)]
    assert response.context["user"].username == "dora"
    assert Profile.objects.get(user__username="dora").name == "dora"


def test_signing_up_needs_an_address_to_send_a_new_password_to(client):
    response = client.post(reverse("signup"), {**SIGN_UP, "email": ""})
    assert "email" in response.context["form"].errors
    assert not User.objects.exists()


def test_signing_up_keeps_what_was_typed_and_says_what_is_wrong(client):
    response = client.post(reverse("signup"), {**SIGN_UP, "password2": "something else"})
    assert response.context["form"]["username"].value() == "dora"
    assert "password2" in response.context["form"].errors


def test_signing_up_with_a_members_address_does_not_tell_that_it_is_one(client, alice):
    response = client.post(reverse("signup"), {**SIGN_UP, "email": alice.email})
    assert response.status_code == 302


@pytest.mark.parametrize("name", ["alice", "ALICE"])
def test_a_username_is_taken_whatever_its_case(client, alice, name):
    response = client.post(reverse("signup"), {**SIGN_UP, "username": name})
    assert response.context["form"].errors["username"] or response.context["form"].errors
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(name.title(), password=None)


@pytest.mark.parametrize("name", [".", "..", "@+-"])
def test_a_username_needs_a_letter_or_a_digit(client, name):
    response = client.post(reverse("signup"), {**SIGN_UP, "username": name})
    [error] = response.context["form"].errors.as_data()["username"]
    assert error.code == "username_without_letter"


def test_a_name_taken_while_the_form_was_checked_is_a_form_error(client, monkeypatch, alice):
    monkeypatch.setattr(
        "django.contrib.auth.forms.UserCreationForm.clean_username",
        lambda form: form.cleaned_data["username"],
    )
    monkeypatch.setattr("accounts.forms.SignUpForm._post_clean", lambda form: None)
    monkeypatch.setattr(
        "accounts.forms.SignUpForm.save",
        lambda form: User.objects.create_user("alice", password=None),
    )
    response = client.post(reverse("signup"), {**SIGN_UP, "username": "alice"})
    assert response.status_code == 200
    assert "username" in response.context["form"].errors


def test_a_session_cookie_that_django_cannot_have_made_is_no_session(client):
    client.cookies["sessionid"] = "abcdefghij\x00klmnop"
    assert client.get("/accounts/sign-in/").status_code == 200


@pytest.mark.parametrize("name", ["%00", "a%00b", "a%0Ab", "nobody"])
def test_the_address_of_nobody_is_a_404(client, name):
    assert client.get(f"/people/{name}/").status_code == 404


def test_a_display_name_cannot_turn_the_text_around_it(client, alice):
    client.force_login(alice)
    client.post(reverse("profile_edit"), {"display_name": "A\u202elice \u200b"})
    alice.profile.refresh_from_db()
    assert alice.profile.display_name == "Alice"


def test_a_bio_keeps_its_lines_and_nothing_that_cannot_be_seen(client, alice):
    client.force_login(alice)
    bio = "Draws\u202e.\r\n\r\n\r\n\r\nPrints\u200b in\u2066 Oslo.\n"
    client.post(reverse("profile_edit"), {"bio": bio})
    alice.profile.refresh_from_db()
    assert alice.profile.bio == "Draws.\n\nPrints in Oslo."


@pytest.mark.parametrize("number", ["nan", "inf", "1e400", "abc"])
def test_a_crop_that_is_no_number_is_said_beside_the_avatar(client, alice, phone, number):
    client.force_login(alice)
    crop = {"crop_x": number, "crop_y": "0", "crop_size": "1"}
    response = client.post(reverse("profile_edit"), {"avatar": phone, **crop})
    [error] = response.context["form"].errors.as_data()["avatar"]
    assert error.code == "crop_invalid"
    again = client.post(reverse("profile_edit"), {"display_name": "Alice", **crop})
    assert again.status_code == 302


def test_a_member_who_opens_the_sign_up_page_is_led_to_their_profile(client, alice):
    client.force_login(alice)
    assert client.get(reverse("signup")).url == reverse("profile_edit")


def test_signing_in_ignores_the_usernames_case(client, alice, password):
    assert client.login(username="Alice", password=password)


def test_signing_out_takes_a_post_not_a_link(client, alice):
    client.force_login(alice)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert "_auth_user_id" not in client.session


def test_a_lost_password_is_reset_by_mail(client, alice):
    client.post(reverse("password_reset"), {"email": alice.email})
    [message] = mail.outbox
    link = re.search(r"http://testserver(/\S+)", message.body)[1]
    form = client.get(link, follow=True)
    new = {"new_password1": "another long secret", "new_password2": "another long secret"}
    done = client.post(form.request["PATH_INFO"], new, follow=True)
    assert done.status_code == 200
    assert client.login(username="alice", password="another long secret")


def test_asking_for_a_strangers_password_looks_the_same_and_sends_nothing(client, alice):
    known = client.post(reverse("password_reset"), {"email": alice.email})
    unknown = client.post(reverse("password_reset"), {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(mail.outbox) == 1


def test_changing_ones_password_asks_for_the_old_one(client, alice, password):
    client.force_login(alice)
    new = {"new_password1": "another long secret", "new_password2": "another long secret"}
    refused = client.post(reverse("password_change"), {"old_password": "wrong", **new})
    assert "old_password" in refused.context["form"].errors
    accepted = client.post(reverse("password_change"), {"old_password": password, **new})
    assert accepted.url == reverse("password_change_done")
    assert client.get(accepted.url).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["signup", "login", "password_reset", "password_reset_done", "password_reset_complete"],
)
def test_every_page_of_the_door_opens_for_a_visitor(client, name):
    assert client.get(reverse(name)).status_code == 200


def test_a_profile_is_public_and_its_address_ignores_case(client, alice):
    page = client.get("/people/ALICE/")
    assert page.status_code == 200
    assert alice.email not in page.content.decode()


def test_the_profile_of_a_closed_account_is_gone(client, alice):
    alice.is_active = False
    alice.save()
    assert client.get(alice.get_absolute_url()).status_code == 404


def test_every_user_has_a_profile_however_it_was_made():
    assert get_user_model().objects.create_superuser("root", password=None).profile.name == "root"


def test_a_member_whose_profile_is_gone_gets_a_new_one_on_editing_it(client, alice):
    alice.profile.delete()
    assert client.get("/people/alice/").status_code == 404
    client.force_login(User.objects.get())
    assert client.get(reverse("profile_edit")).status_code == 200
    assert client.get("/people/alice/").status_code == 200


def test_a_fixture_brings_its_own_profile():
    User.save_base(User(username="loaded"), raw=True)
    assert not Profile.objects.exists()


def test_without_an_avatar_the_default_is_a_static_file(alice):
    assert re.fullmatch(r"/static/accounts/img/avatar\.[0-9a-f]{12}\.svg", alice.profile.avatar_url)


def test_editing_a_profile_is_for_its_owner(client):
    assert client.get(reverse("profile_edit")).url.startswith(reverse("login"))


@pytest.fixture
def phone(upload):
    return upload("honest/phone.jpg", "IMG_2931.HEIC", "text/html")


def test_an_avatar_is_stored_under_a_random_key_as_webp(client, alice, phone, stored):
    client.force_login(alice)
    response = client.post(reverse("profile_edit"), {"display_name": "Alice", "avatar": phone})
    assert response.status_code == 302
    alice.profile.refresh_from_db()
    assert re.fullmatch(r"avatars/\d{4}/\d\d/[0-9a-f-]{36}\.webp", alice.profile.avatar.name)
    assert stored() == [f"public/{alice.profile.avatar.name}"]
    served = client.get(alice.profile.avatar_url)
    assert served["Content-Type"] == "image/webp"


def test_replacing_an_avatar_removes_the_old_file_on_commit(
    client, alice, upload, stored, django_capture_on_commit_callbacks
):
    client.force_login(alice)
    client.post(reverse("profile_edit"), {"avatar": upload("honest/phone.jpg")})
    [first] = stored()
    with django_capture_on_commit_callbacks() as callbacks:
        client.post(reverse("profile_edit"), {"avatar": upload("honest/phone.jpg")})
    assert first in stored()
    for callback in callbacks:
        callback()
    [second] = stored()
    assert second != first


def test_removing_an_avatar_brings_the_default_back(
    client, alice, phone, stored, django_capture_on_commit_callbacks
):
    client.force_login(alice)
    client.post(reverse("profile_edit"), {"avatar": phone})
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("profile_edit"), {"remove_avatar": "on"})
    alice.profile.refresh_from_db()
    assert alice.profile.avatar_url.endswith(".svg")
    assert stored() == []


def test_a_refused_avatar_says_why_and_loses_nothing(client, alice, stored):
    client.force_login(alice)
    page = SimpleUploadedFile("me.jpg", b"<!doctype html><script>alert(1)</script>", "image/jpeg")
    response = client.post(
        reverse("profile_edit"), {"display_name": "Alice L.", "bio": "Draws.", "avatar": page}
    )
    form = response.context["form"]
    assert "avatar" in form.errors
    assert form["bio"].value() == "Draws."
    assert stored() == []


@pytest.mark.parametrize("crop", [("0.25", "0.25", "0.5"), ("", "", "")])
def test_a_crop_is_applied_by_the_server(client, alice, upload, crop):
    client.force_login(alice)
    numbers = dict(zip(("crop_x", "crop_y", "crop_size"), crop, strict=True))
    client.post(reverse("profile_edit"), {"avatar": upload("honest/phone.jpg"), **numbers})
    alice.profile.refresh_from_db()
    assert alice.profile.avatar


def test_a_crop_outside_the_picture_is_refused(client, alice, phone, stored):
    client.force_login(alice)
    numbers = {"crop_x": "0.9", "crop_y": "0", "crop_size": "1"}
    response = client.post(reverse("profile_edit"), {"avatar": phone, **numbers})
    assert response.context["form"].errors.as_data()["avatar"][0].code == "crop_invalid"
    assert stored() == []


def test_deleting_a_user_deletes_the_avatar_on_commit(
    client, alice, phone, stored, django_capture_on_commit_callbacks
):
    client.force_login(alice)
    client.post(reverse("profile_edit"), {"avatar": phone})
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    assert stored() == []


def test_staff_may_moderate_a_profile_but_not_its_picture(client, stella, alice):
    client.force_login(stella)
    address = reverse("admin:accounts_profile_change", args=[alice.profile.pk])
    assert 'type="file"' not in client.get(address).content.decode()
    assert client.get(reverse("admin:accounts_profile_add")).status_code == 403
    assert str(alice.profile) == "alice"
    assert alice.profile.get_absolute_url() == "/people/alice/"
