"""PDF: opened and read as objects. Bytes are never searched for words.

A document is stored as it came, so the gate asks what would happen to the person who opens
it: does it open without a password, are all pages there, does it start anything by itself?
Searching the bytes answers none of this. Names can be spelt in hex (`/J#61vaScript`), objects
packed into compressed streams, and a photograph can contain "/JS" by chance.

What this gate reads is the document level: the catalog, its automatic actions and its two
name trees. Pages, annotations, fields and outlines are not walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, BinaryIO, cast

import pikepdf
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CONTENT_TYPE = "application/pdf"

# What qpdf and its bindings raise over objects that are not what their place asks for.
# MemoryError and RecursionError are the caller's: they accuse the file of nothing.
DAMAGE = (
    pikepdf.PikepdfError,
    OSError,
    ValueError,  # UnicodeDecodeError too; and integers beyond what qpdf holds
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    NotImplementedError,
)

# qpdf repairs as it opens: an index with wrong offsets is rebuilt by scanning, and nothing is
# missing afterwards. These of its warnings mean that something is (qpdf 12).
LOSSES = (
    "unable to find trailer dictionary",  # the end of the file is not there
    "unexpected EOF",  # it ends within an object
    "Pages tree includes non-dictionary",  # a page is listed and does not exist
)

# A stream of 2 KB can unfold into gigabytes, twice over where filters are chained, and qpdf
# unfolds object streams as it opens. What an honest one holds is a list of objects: 64 MiB is a
# few million of them. These limits are the process's; nothing else in it reads PDF.
UNFOLDED_BYTES = 64 * 1024 * 1024
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=UNFOLDED_BYTES,
    run_length_max_memory=UNFOLDED_BYTES,
    png_max_memory=UNFOLDED_BYTES,
    tiff_max_memory=UNFOLDED_BYTES,
    max_stream_filters=4,
)

# Chained actions (ISO 32000-2, 12.6.2). Far more than anybody writes, and an end to loops
# that go through objects without a number.
_LONGEST_CHAIN = 200


def inspect(file: IO[bytes]) -> None:
    """Refuse a PDF that is damaged, locked or empty, or that acts when it is opened.

    Raises ValidationError: `pdf_damaged`, `pdf_encrypted`, `pdf_empty`, `pdf_javascript`,
    `pdf_launch`, `pdf_automatic_action`, `pdf_embedded_file`.
    Source: OWASP ASVS 5.0, 5.2.2 (specialised libraries for content validation).
    """
    try:
        with pikepdf.open(
            cast("BinaryIO", file),
            suppress_warnings=True,
            inherit_page_attributes=False,  # true walks the page tree and drops what is missing
        ) as pdf:
            if not _every_page_is_there(pdf.Root.get("/Pages")):
                raise _damaged()
            pages = len(pdf.pages)
            if any(loss in str(warning) for warning in pdf.get_warnings() for loss in LOSSES):
                raise _damaged()
            if pages == 0:
                raise ValidationError(
                    _("This PDF has no pages. Export it again."), code="pdf_empty"
                )
            refuse_automatic_actions(pdf.Root)
            refuse_embedded_files(pdf.Root)
    except pikepdf.PasswordError as error:
        raise _encrypted() from error
    except DAMAGE as error:
        # A document locked with a certificate opens with no password at all.
        raise (_encrypted() if "encryption" in str(error) else _damaged()) from error


def refuse_automatic_actions(catalog: pikepdf.Object) -> None:
    """Refuse what runs because the document was opened, closed, saved or printed.

    Allowed is going to a page. A script runs with whatever hole the viewer has; Launch starts
    a program.
    Source: ISO 32000-2, 7.7.2 (OpenAction, AA), 7.7.4 (JavaScript name tree), 12.6.
    """
    if _holds_entries(_names(catalog).get("/JavaScript")):
        raise _javascript()
    starts = [catalog.get("/OpenAction"), *_values(catalog.get("/AA"))]
    for kind in (kind for start in starts for kind in _action_kinds(start)):
        if kind == "/JavaScript":
            raise _javascript()
        if kind == "/Launch":
            raise ValidationError(
                _(
                    "This PDF starts a program when it is opened. "
                    'Print it to a new PDF ("Save as PDF") and send that.'
                ),
                code="pdf_launch",
            )
        if kind != "/GoTo":
            raise ValidationError(
                _(
                    "This PDF does something by itself when it is opened. "
                    'Print it to a new PDF ("Save as PDF") and send that.'
                ),
                code="pdf_automatic_action",
            )


def refuse_embedded_files(catalog: pikepdf.Object) -> None:
    """Refuse a document that carries other files: nobody has looked at those.

    Source: OWASP ASVS 5.0, 5.2.2 (files within a file); ISO 32000-2, 7.11.4.
    """
    if _holds_entries(_names(catalog).get("/EmbeddedFiles")):
        raise ValidationError(
            _(
                "This PDF carries other files inside it. "
                "Save it without attachments, and send those on their own."
            ),
            code="pdf_embedded_file",
        )


def _every_page_is_there(root: object) -> bool:
    """Whether each entry of the page tree leads to an object, and none back into the tree.

    Asked before qpdf counts the pages, because it drops the missing ones from its list.
    Source: ISO 32000-2, 7.7.3.
    """
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary):
            return False
        if "/Kids" in node:
            if node.objgen in seen:
                return False
            if node.is_indirect:  # direct nodes all have the number 0, and cannot form a circle
                seen.add(node.objgen)
            waiting.extend(node["/Kids"])
    return True


def _action_kinds(start: object) -> Iterator[str]:
    """Yield the type of an action and of all that follow it; nothing for a destination."""
    waiting = [start]
    for _count in range(_LONGEST_CHAIN):
        if not waiting:
            return
        action = waiting.pop()
        if isinstance(action, pikepdf.Array):
            # /Next may list several actions. An array elsewhere is a destination: a page
            # and numbers, of which none is a dictionary with /S.
            waiting += [item for item in action if _is_action(item)]
        elif isinstance(action, pikepdf.Dictionary):
            if _is_action(action):
                yield str(action["/S"])
            waiting.append(action.get("/Next"))
    yield "endless"


def _is_action(item: object) -> bool:
    # A page in a destination can hold /S too in its own right (never seen), not as a name.
    return isinstance(item, pikepdf.Dictionary) and isinstance(item.get("/S"), pikepdf.Name)


def _names(catalog: pikepdf.Object) -> pikepdf.Object:
    names = catalog.get("/Names")
    return names if isinstance(names, pikepdf.Dictionary) else pikepdf.Dictionary()


def _values(dictionary: object) -> list[object]:
    if not isinstance(dictionary, pikepdf.Dictionary):
        return []
    return [value for _key, value in dictionary.items()]


def _holds_entries(tree: object) -> bool:
    """Whether a name tree (ISO 32000-2, 7.9.6) has anything in it: editors leave empty ones."""
    if not isinstance(tree, pikepdf.Dictionary):
        return False
    return any(
        isinstance(part, pikepdf.Array) and len(part) > 0
        for part in (tree.get("/Names"), tree.get("/Kids"))
    )


def _javascript() -> ValidationError:
    return ValidationError(
        _(
            "This PDF runs a script when it is opened. "
            'Print it to a new PDF ("Save as PDF") and send that.'
        ),
        code="pdf_javascript",
    )


def _encrypted() -> ValidationError:
    return ValidationError(
        _("This PDF is locked with a password. Save it without one and send that."),
        code="pdf_encrypted",
    )


def _damaged() -> ValidationError:
    return ValidationError(
        _(
            "This PDF is damaged or incomplete: not all of it can be read. "
            "Export it again, or download it once more where you got it."
        ),
        code="pdf_damaged",
    )
