"""What the child process costs an upload: `.venv/bin/python -m bench.fence [ROUNDS]`.

Each file is examined in the child and in this very process, by turns, in one run; the ratio is
that of the medians. "In a row" is the ratio when ten come without a pause: the next child is
forked while the last answer is looked at, and there is no time for that then. The last column is
what the fence saves by forking a process that has the parsers: an interpreter started for each
file, and the same work in it.

On two cores, Python 3.11, November 2026 (beside other work, so a ratio below 1 is noise):

                                here     child  ratio  in a row  new Python
    avatar, phone, 12 MP     59.8 ms   63.3 ms   1.06      1.15        5.03
    avatar, 1600 x 1200      41.7 ms   42.4 ms   1.02      1.22        6.80
    avatar, 512 x 512        15.3 ms   16.3 ms   1.06      1.72       16.59
    picture, 12 MP          519.7 ms  582.1 ms   1.12      1.00        1.59
    PDF, 2,000 pages        175.4 ms  178.0 ms   1.01      0.98        2.90
    docx, letter              0.7 ms   16.5 ms  22.63     12.68      589.44

So: an avatar costs what it costs without the fence, and the smallest document some milliseconds.
A fork takes about 11 ms of a processor; for the smallest avatars in a row that is much of the work.
Forking only when the file is there, and without large pages, it was 1.34, 1.42 and 1.71 for the
three avatars.
"""

import io
import os
import random
import statistics
import subprocess
import sys
import time

from PIL import Image, ImageFilter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from tests import environment  # noqa: F401 - a site of its own, before settings are read
from tests.files import pdfs, word
from uploads import docx, fence, images, pdf

ALONE = """if True:
    import io, sys
    from uploads import docx, images, pdf
    content = io.BytesIO(sys.stdin.buffer.read())
    {call}
"""


def photograph(width, height):
    """A JPEG with as much in it as a camera's: soft shapes, and grain over them."""
    grain = random.Random(1)
    small = Image.frombytes("RGB", (40, 30), grain.randbytes(40 * 30 * 3))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    noise = Image.frombytes("L", (512, 512), grain.randbytes(512 * 512))
    noise = noise.resize((width, height)).convert("RGB").filter(ImageFilter.GaussianBlur(1))
    content = io.BytesIO()
    Image.blend(image, noise, 0.06).save(content, "JPEG", quality=88)
    return content.getvalue()


CASES = {
    "avatar, phone, 12 MP": ("avatar", photograph(4000, 3000), ("jpeg", None)),
    "avatar, 1600 x 1200": ("avatar", photograph(1600, 1200), ("jpeg", None)),
    "avatar, 512 x 512": ("avatar", photograph(512, 512), ("jpeg", None)),
    "picture, 12 MP": ("picture", photograph(4000, 3000), ("jpeg",)),
    "PDF, 2,000 pages": ("pdf", pdfs.pdf(2000), ()),
    "docx, letter": ("docx", word.docx(), ()),
}
HERE = {
    "avatar": lambda content, *rest: images.redraw_avatar(io.BytesIO(content), *rest),
    "picture": lambda content, *rest: images.redraw_picture(io.BytesIO(content), *rest),
    "pdf": lambda content: pdf.inspect(io.BytesIO(content)),
    "docx": lambda content: docx.inspect(io.BytesIO(content)),
}
CALLS = {
    "avatar": "images.redraw_avatar(content, 'jpeg', None)",
    "picture": "images.redraw_picture(content, 'jpeg')",
    "pdf": "pdf.inspect(content)",
    "docx": "docx.inspect(content)",
}


def timed(act, *arguments):
    began = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - began


def started_anew(task, content):
    program = ALONE.format(call=CALLS[task])
    subprocess.run([sys.executable, "-c", program], input=content, check=True)


def in_a_row(act, *arguments):
    """Return the seconds of one, when ten come without a pause: forking is not hidden then."""
    return timed(lambda: [act(*arguments) for _ in range(10)]) / 10


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    fence.start()
    print(f"{'':22} {'here':>9} {'child':>9} {'ratio':>6} {'in a row':>9} {'new Python':>11}")
    for name, (task, content, arguments) in CASES.items():
        here, child, anew = [], [], []
        for number in range(rounds):
            here.append(timed(HERE[task], content, *arguments))
            child.append(timed(fence.examine, task, content, *arguments))
            if number % 5 == 0:
                anew.append(timed(started_anew, task, content))
        rows = [
            in_a_row(fence.examine, task, content, *arguments)
            / in_a_row(HERE[task], content, *arguments)
            for _ in range(max(rounds // 10, 1))
        ]
        a, b, c, d = (statistics.median(each) for each in (here, child, anew, rows))
        print(
            f"{name:22} {a * 1000:6.1f} ms {b * 1000:6.1f} ms {b / a:6.2f} {d:9.2f} {c / a:11.2f}"
        )


if __name__ == "__main__":
    main()
