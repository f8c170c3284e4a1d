import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from catalog.models import Category, Print
from catalog.pages import PAGE_SIZE
from uploads.fields import PictureFile
from uploads.validators import validate_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def picture(upload):
    return PictureFile(validate_picture(upload("honest/phone.jpg")))


@pytest.fixture
def wall(category):
    """Hang sixty prints without pictures: two full pages and a half."""
    return Print.objects.bulk_create(
        Print(
            title=f"Study {number}",
            slug=f"study-{number}",
            artist="Ines Duarte",
            year=1987,
            category=category,
            words=f"study {number} ines duarte",
        )
        for number in range(60)
    )


def titles(response):
    return [shown.title for shown in response.context["prints"]]


def test_the_home_page_shows_the_newest_prints(client, wall):
    assert titles(client.get("/")) == [f"Study {n}" for n in range(59, 51, -1)]


def test_pages_of_the_list_meet_without_gap_or_overlap(client, wall):
    seen, address = [], reverse("catalog:list")
    url = ""
    while True:
        response = client.get(address + url)
        seen += titles(response)
        url = response.context["older_url"]
        if not url:
            break
    assert seen == [f"Study {n}" for n in range(59, -1, -1)]


def test_going_back_shows_the_same_pages(client, wall):
    address = reverse("catalog:list")
    first = client.get(address)
    second = client.get(address + first.context["older_url"])
    back = client.get(address + second.context["newer_url"])
    assert titles(back) == titles(first)
    assert back.context["newer_url"] == ""
    assert back.context["older_url"] == first.context["older_url"]


def test_a_print_hung_meanwhile_shifts_nothing(client, wall, hang):
    address = reverse("catalog:list")
    older = client.get(address).context["older_url"]
    before = titles(client.get(address + older))
    hang("Brand new")
    assert titles(client.get(address + older)) == before


@pytest.mark.parametrize(
    "cursor", ["after=x", "before=-1", "after=٣", "after=" + "9" * 40, "after="]
)
def test_a_cursor_that_makes_no_sense_is_the_first_page(client, wall, cursor):
    response = client.get(f"{reverse('catalog:list')}?{cursor}")
    assert titles(response)[0] == "Study 59"


def test_before_everything_is_an_empty_page_that_leads_nowhere(client):
    response = client.get(reverse("catalog:list") + "?before=5")
    assert titles(response) == []
    assert (response.context["newer_url"], response.context["older_url"]) == ("", "")


def test_the_number_of_queries_does_not_depend_on_the_number_of_prints(
    client, wall, category, django_assert_num_queries
):
    address = reverse("catalog:list")
    for kept in (60, PAGE_SIZE, 1, 0):
        Print.objects.filter(pk__in=[p.pk for p in wall[kept:]]).delete()
        with django_assert_num_queries(2):  # the page and the categories
            client.get(address)
        with django_assert_num_queries(3):  # and the chosen category
            client.get(address, {"category": "geometry", "q": "study"})
    with django_assert_num_queries(1):
        client.get("/")


def test_a_page_reads_the_key_and_counts_nothing(client, wall, django_assert_num_queries):
    with django_assert_num_queries(2) as queries:
        client.get(reverse("catalog:list"), {"after": wall[40].pk})
    sql = queries[0]["sql"] + queries[1]["sql"]
    assert "OFFSET" not in sql
    assert "COUNT(" not in sql


def test_search_finds_every_word_in_any_order_and_case(client, hang):
    hang("Ebb and Flow", artist="Yuki Tanabe", medium="Woodcut")
    hang("Flow", artist="Ines Duarte")
    found = client.get(reverse("catalog:list"), {"q": "TANABE ebb"})
    assert titles(found) == ["Ebb and Flow"]
    assert titles(client.get(reverse("catalog:list"), {"q": "woodcut 1987"})) == ["Ebb and Flow"]


def test_search_folds_letters_beyond_ascii(client, hang):
    hang("ÉTUDE EN BLEU")
    assert titles(client.get(reverse("catalog:list"), {"q": "étude"})) == ["ÉTUDE EN BLEU"]


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", "\x00", "x" * 5000, "<script>"])
def test_search_takes_any_text_for_what_it_is(client, hang, q):
    hang("Plain")
    response = client.get(reverse("catalog:list"), {"q": q})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()
    assert titles(response) == (["Plain"] if q == "\x00" else [])


def test_the_category_filter_keeps_the_search_and_is_kept_by_the_pages(client, wall, hang):
    other = Category.objects.create(name="Night", slug="night")
    hang("Study in black", category=other)
    response = client.get(reverse("catalog:list"), {"category": "geometry", "q": "study"})
    assert "Study in black" not in titles(response)
    assert "q=study" in response.context["older_url"]
    assert "category=geometry" in response.context["older_url"]
    assert client.get(reverse("catalog:list"), {"category": "nothing"}).status_code == 404


def test_a_print_keeps_its_address_when_its_title_changes(hang):
    shown = hang("Ebb and Flow")
    shown.title = "Flow and Ebb"
    shown.save()
    assert shown.get_absolute_url() == "/prints/ebb-and-flow/"


@pytest.mark.parametrize("title", ["Ebb and Flow", "光"])
def test_two_prints_of_one_title_have_two_addresses(hang, title):
    assert hang(title).slug != hang(title).slug
    assert str(hang(title)) == f"{title}, Ines Duarte"


@pytest.mark.django_db(transaction=True)
def test_two_prints_saved_at_once_under_one_title_have_two_addresses(
    hang, upload, monkeypatch, stored
):
    """Both find the title's slug free; whoever comes second takes another and keeps its picture."""
    pictures = [PictureFile(validate_picture(upload("honest/phone.jpg"))) for _ in range(2)]
    together = threading.Barrier(2)
    free_slug = Print._free_slug
    asked = []

    def look_together(shown):
        slug = free_slug(shown)
        asked.append(slug)
        if len(asked) <= 2:
            together.wait(10)
        return slug

    monkeypatch.setattr(Print, "_free_slug", look_together)

    def save(picture):
        try:
            return hang("Ebb and Flow", picture)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(save, pictures))
    assert asked[:2] == ["ebb-and-flow", "ebb-and-flow"]
    assert {shown.slug for shown in both} == {"ebb-and-flow", asked[2]}
    keys = {f"public/{key}" for shown in Print.objects.all() for key in shown.picture.stored_keys()}
    assert set(stored()) == keys


def test_what_else_the_database_refuses_is_not_taken_for_a_slug(hang, monkeypatch):
    with pytest.raises(IntegrityError), transaction.atomic():
        hang("Etude", year=None)
    assert not Print.objects.exists()


def test_a_prints_page_leads_to_its_neighbours(client, hang):
    oldest, middle, newest = (hang(title) for title in ("One", "Two", "Three"))
    context = client.get(middle.get_absolute_url()).context
    assert (context["newer"], context["older"]) == (newest, oldest)
    assert client.get(newest.get_absolute_url()).context["newer"] is None


def test_the_picture_of_a_print_comes_in_two_formats_and_its_real_size(client, hang, picture):
    shown = hang("Etude", picture)
    html = client.get(shown.get_absolute_url()).content.decode()
    [element] = re.findall(r"<picture>.*?</picture>", html, re.DOTALL)
    assert element.index("image/avif") < element.index("image/webp")
    assert f'width="{shown.picture_width}" height="{shown.picture_height}"' in element
    assert 'fetchpriority="high"' in element
    assert 'loading="lazy"' not in element
    for url, width in re.findall(r"(/media/[^ \"]+) (\d+)w", element):
        response = client.get(url)
        assert response.status_code == 200
        assert response["Content-Type"] in ("image/avif", "image/webp")
        assert f"/{width}." in url


def test_on_a_wall_the_first_picture_is_eager_and_the_others_lazy(client, hang, upload):
    for title in ("One", "Two", "Three"):
        hang(title, PictureFile(validate_picture(upload("honest/phone.jpg"))))
    html = client.get(reverse("catalog:list")).content.decode()
    loading = re.findall(r'loading="(\w+)"', "".join(re.findall(r"<picture>.*?</picture>", html)))
    assert loading == ["eager", "lazy", "lazy"]


def test_a_print_without_a_picture_has_a_page_too(client, hang):
    assert "<picture>" not in client.get(hang("Bare").get_absolute_url()).content.decode()


PRINT = {"title": "Etude", "artist": "Ines Duarte", "year": "1987", "medium": "", "description": ""}


def test_staff_hang_a_print_with_its_picture(client, stella, category, upload, stored):
    client.force_login(stella)
    form = {**PRINT, "category": category.pk, "picture": upload("honest/phone.jpg")}
    response = client.post(reverse("admin:catalog_print_add"), form)
    assert response.status_code == 302, response.context["errors"]
    shown = Print.objects.get()
    assert set(stored()) == {f"public/{key}" for key in shown.picture.stored_keys()}
    change = client.get(reverse("admin:catalog_print_change", args=[shown.pk])).content.decode()
    assert shown.picture.url in change
    assert "catalog/js/picture-preview." in change
    assert (
        shown.picture.sources("webp")[0].url
        in client.get(reverse("admin:catalog_print_changelist")).content.decode()
    )


def test_staff_get_the_same_refusals_as_everyone(client, stella, category, upload, stored):
    client.force_login(stella)
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = SimpleUploadedFile("print.jpg", b"<html><body>hello", "image/jpeg")
    form = {**PRINT, "category": category.pk, "picture": page}
    response = client.post(reverse("admin:catalog_print_add"), form)
    assert "picture" in response.context["adminform"].form.errors
    assert stored() == []


@pytest.mark.parametrize("hung", [False, True])
def test_a_picture_beside_a_field_that_is_wrong_brings_the_form_back(
    client, stella, category, hang, upload, stored, hung
):
    """The picture was judged and is not stored; the form's preview must not take it for stored."""
    client.force_login(stella)
    form = {**PRINT, "category": category.pk, "title": "", "picture": upload("honest/phone.jpg")}
    url = reverse("admin:catalog_print_add")
    if hung:
        url = reverse("admin:catalog_print_change", args=[hang().pk])
    response = client.post(url, form)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["title"]
    assert stored() == []


def test_staff_write_no_character_that_cannot_be_seen(client, stella, category):
    client.force_login(stella)
    hidden = {"title": "Et\u202eude \u200b", "description": "One.\r\n\r\nTwo\u2066."}
    form = {**PRINT, **hidden, "category": category.pk}
    client.post(reverse("admin:catalog_print_add"), form)
    shown = Print.objects.get()
    assert (shown.title, shown.description) == ("Etude", "One.\n\nTwo.")
    response = client.post(reverse("admin:catalog_print_add"), {**form, "title": "\u202e\u200b"})
    [error] = response.context["adminform"].form.errors.as_data()["title"]
    assert error.code == "required"


@pytest.mark.parametrize("year", ["1399", "3000", "x"])
def test_a_year_that_cannot_be_is_refused(client, stella, category, year):
    client.force_login(stella)
    form = {**PRINT, "category": category.pk, "year": year}
    response = client.post(reverse("admin:catalog_print_add"), form)
    assert "year" in response.context["adminform"].form.errors
    assert not Print.objects.exists()


def test_editing_a_print_without_a_new_file_keeps_the_picture(
    client, stella, hang, picture, stored
):
    shown = hang("Etude", picture)
    before = stored()
    client.force_login(stella)
    form = {**PRINT, "title": "Changed", "category": shown.category.pk}
    client.post(reverse("admin:catalog_print_change", args=[shown.pk]), form)
    shown.refresh_from_db()
    assert shown.title == "Changed"
    assert stored() == before
    assert shown.picture


def test_a_category_that_holds_prints_cannot_be_deleted(hang):
    from django.db.models import ProtectedError

    shown = hang("Etude")
    with pytest.raises(ProtectedError):
        shown.category.delete()
    assert str(shown.category) == "Geometry"


def test_the_searchs_index_is_made_on_postgresql_only():
    import importlib
    from types import SimpleNamespace

    migration = importlib.import_module("catalog.migrations.0002_search_index")
    for vendor, expected in (("postgresql", 3), ("sqlite", 0)):
        said = []
        editor = SimpleNamespace(connection=SimpleNamespace(vendor=vendor), execute=said.append)
        migration.create(None, editor)
        migration.drop(None, editor)
        assert len(said) == expected


def test_on_postgresql_a_search_can_use_the_index():
    if connection.vendor != "postgresql":
        return  # SQLite reads the column
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "print_words_trigrams" in Print.objects.search("tanabe").order_by().explain()


@pytest.mark.parametrize("cursor", ["after=0", "after=1", "before=999999"])
def test_a_cursor_beyond_either_end_is_the_first_page(client, wall, cursor):
    Print.objects.filter(pk__lt=wall[1].pk).delete()
    response = client.get(f"{reverse('catalog:list')}?{cursor}")
    assert titles(response)[0] == "Study 59"
