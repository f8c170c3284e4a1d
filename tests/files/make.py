"""Write every file of this folder: `python -m tests.files.make`.

Nothing here was collected. Each file is made by the few lines that name it, the same bytes on
every run with the locked Pillow and pikepdf: no dates, no random numbers. `honest/` holds what
people really send and must pass; `hostile/` holds what must be refused, with the reason above it.
The name says the content, not the truth: `hostile/page.html.pdf` is an HTML page.
"""

from pathlib import Path

from tests.files import other, pdfs, pictures, word

HERE = Path(__file__).parent
MODULES = (pictures, other, pdfs, word)


def everything():
    """Return the content of every file by its path in this folder."""
    return {name: content for module in MODULES for name, content in module.files().items()}


def codes():
    """Return (file, code) for every hostile file; names without their folder."""
    return [
        (name, code) for module in MODULES for code, names in module.CODES.items() for name in names
    ]


def write_all():
    for name, content in everything().items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write_all()
