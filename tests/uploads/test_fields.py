import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.template import Context, Template

from catalog.models import Print
from uploads.fields import PictureFile
from uploads.validators import validate_picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def etude(hang, upload):
    return hang("Etude", PictureFile(validate_picture(upload("honest/phone.jpg"))))


def test_a_picture_is_stored_as_one_column_and_two_numbers(etude):
    fresh = Print.objects.get()
    assert fresh.picture.name.endswith(f"/{fresh.picture_width}.webp")
    assert len(list(fresh.picture.stored_keys())) == len(fresh.picture.sources("avif")) * 2
    assert all(fresh.picture.storage.exists(key) for key in fresh.picture.stored_keys())


def test_sources_rise_in_width_and_keep_the_pictures_shape(etude):
    sources = etude.picture.sources("avif")
    assert [s.width for s in sources] == sorted(s.width for s in sources)
    for source in sources:
        exact = source.width * etude.picture_height / etude.picture_width
        assert abs(source.height - exact) <= 1


def test_only_a_redrawn_picture_is_taken(hang, stored):
    with pytest.raises(TypeError, match="originals are never stored"):
        hang("Etude", ContentFile(b"\xff\xd8\xff", name="a.jpg"))
    assert stored() == []


def test_of_a_picture_whose_third_rendition_fails_nothing_is_left(
    hang, upload, stored, monkeypatch
):
    storage, saved = storages["public"], []
    save = storage.save

    def failing(name, content):
        if len(saved) == 2:
            raise OSError("disk full")
        saved.append(save(name, content))
        return saved[-1]

    monkeypatch.setattr(storage, "save", failing)
    with pytest.raises(OSError, match="disk full"):
        hang("Etude", PictureFile(validate_picture(upload("honest/phone.jpg"))))
    assert len(saved) == 2
    assert stored() == []


def test_a_key_that_exists_is_never_written_again(hang, upload, stored, monkeypatch):
    monkeypatch.setattr("catalog.models.uuid4", lambda: "same")
    hang("One", PictureFile(validate_picture(upload("honest/phone.jpg"))))
    before = stored()
    with pytest.raises(FileExistsError, match="keys are never used twice"):
        hang("Two", PictureFile(validate_picture(upload("honest/phone.jpg"))))
    assert stored() == before


def test_saving_and_deleting_through_the_field_itself(hang, upload, stored):
    shown = hang("Bare")
    shown.picture.save("any", PictureFile(validate_picture(upload("honest/phone.jpg"))))
    assert stored() != []
    shown.picture.delete()
    assert stored() == []
    assert not Print.objects.get().picture
    shown.picture.save("any", PictureFile(validate_picture(upload("honest/phone.jpg"))), save=False)
    shown.picture.delete(save=False)
    assert stored() == []


def test_the_tag_escapes_what_it_is_given_and_renders_nothing_for_no_picture(etude, hang):
    template = Template("{% load pictures %}{% picture print.picture alt=alt sizes='50vw' %}")
    html = template.render(Context({"print": etude, "alt": '"><script>'}))
    assert "<script>" not in html
    assert 'sizes="50vw"' in html
    assert template.render(Context({"print": hang("Bare"), "alt": ""})) == ""
