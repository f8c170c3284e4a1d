import io

from PIL import Image

from demo.members import MEMBERS, avatar, phone_photo


def test_one_member_signs_in_as_staff_and_one_as_a_member():
    staff = {member.username: member.is_staff for member in MEMBERS}
    assert staff["stella"] is True
    assert staff["alice"] is False
    assert len(staff) == 5


def test_every_member_fits_the_profile():
    for member in MEMBERS:
        assert member.username.isascii()
        assert len(member.display_name) <= 80
        assert len(member.bio) <= 500


def test_an_avatar_is_square_and_always_the_same():
    first = avatar(7)
    assert first.size == (640, 640)
    assert avatar(7).tobytes() == first.tobytes()
    assert avatar(8).tobytes() != first.tobytes()


def test_many_seeds_give_every_kind_of_crest():
    assert len({avatar(seed, 64).tobytes() for seed in range(24)}) == 24


def test_every_avatar_file_is_a_picture_under_the_limit():
    files = {member.username: member.avatar_file() for member in MEMBERS if member.avatar}
    for name, content in files.values():
        picture = Image.open(io.BytesIO(content))
        picture.load()
        assert (picture.format, name.rpartition(".")[2]) in {("PNG", "png"), ("JPEG", "jpg")}
        assert len(content) < 5 * 1024 * 1024
    assert len({content for _, content in files.values()}) == len(files)


def test_the_phone_photo_lies_on_its_side_and_says_so():
    photo = Image.open(io.BytesIO(phone_photo(8)))
    assert photo.format == "JPEG"
    assert photo.width > photo.height
    exif = photo.getexif()
    assert exif[0x0112] == 6
    assert exif.get_ifd(0x8825)[1] == "N"
