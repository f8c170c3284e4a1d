"""Papers a gallery keeps: three PDF files and two Word documents, written from nothing.

The PDF files use the fonts every reader has (PDF 1.7, 9.6.2.2), the documents the smallest
parts Word asks for (ECMA-376, part 1, 11.3.10). The same code gives the same bytes.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pikepdf

from demo.catalogue import PRINTS

A4 = (595.0, 842.0)  # points
INK = (0.11, 0.10, 0.10)
GREY = (0.42, 0.40, 0.37)
VERMILION = (0.83, 0.20, 0.12)
LEFT, RIGHT = 64.0, 531.0

FONTS = {"F1": "Times-Roman", "F2": "Times-Italic", "F3": "Helvetica", "F4": "Helvetica-Bold"}


# Letters that Windows Latin lacks sit on codes it leaves free; the fonts have the glyphs.
_SPARE = {"č": (0x81, "ccaron"), "ř": (0x8D, "rcaron"), "ň": (0x8F, "ncaron")}


def _encode(words: str) -> bytes:
    return b"".join(
        bytes([_SPARE[letter][0]]) if letter in _SPARE else letter.encode("cp1252")
        for letter in words
    )


@dataclass(frozen=True)
class DemoPaper:
    """A document of a member: `owner` is a username of `demo.members`."""

    name: str
    owner: str
    make: Callable[[], bytes]


class _Page:
    """Marks on one page; y counts down from the top, in points."""

    def __init__(self) -> None:
        self._marks: list[bytes] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        font: str = "F1",
        size: float = 11,
        colour: tuple[float, float, float] = INK,
    ) -> None:
        encoded = _encode(words)
        for mark in (b"\\", b"(", b")"):
            encoded = encoded.replace(mark, b"\\" + mark)
        red, green, blue = colour
        self._marks.append(
            f"BT /{font} {size:g} Tf {red:g} {green:g} {blue:g} rg {x:g} {A4[1] - y:g} Td (".encode(
                "ascii"
            )
            + encoded
            + b") Tj ET"
        )

    def lines(self, x: float, y: float, block: str, *, size: float = 11, lead: float = 16) -> float:
        """Write lines one below the other; return where the next would go."""
        for line in block.strip().splitlines():
            self.text(x, y, line.strip(), size=size)
            y += lead
        return y

    def figure(self, right: float, y: float, figure: str, *, size: float = 10) -> None:
        """Write a figure in Helvetica so that it ends at `right`."""
        width = sum(278 if mark in ",. " else 556 for mark in figure) * size / 1000
        self.text(right - width, y, figure, font="F3", size=size)

    def rule(
        self,
        x: float,
        y: float,
        end: float,
        *,
        weight: float = 0.6,
        colour: tuple[float, float, float] = INK,
    ) -> None:
        red, green, blue = colour
        level = A4[1] - y
        self._marks.append(
            f"{red:g} {green:g} {blue:g} RG {weight:g} w "
            f"{x:g} {level:g} m {end:g} {level:g} l S".encode("ascii")
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: tuple[float, float, float] | None = None,
    ) -> None:
        shape = f"{x:g} {A4[1] - y - height:g} {width:g} {height:g} re"
        if fill is None:
            red, green, blue = INK
            mark = f"{red:g} {green:g} {blue:g} RG 0.6 w {shape} S"
        else:
            red, green, blue = fill
            mark = f"{red:g} {green:g} {blue:g} rg {shape} f"
        self._marks.append(mark.encode("ascii"))

    def stream(self) -> bytes:
        return b"\n".join(self._marks)


def _pdf(title: str, pages: list[_Page]) -> bytes:
    with pikepdf.new() as pdf:
        differences = pikepdf.Array()
        for code, glyph in _SPARE.values():
            differences.append(code)
            differences.append(pikepdf.Name(f"/{glyph}"))
        encoding = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Encoding,
                BaseEncoding=pikepdf.Name.WinAnsiEncoding,
                Differences=differences,
            )
        )
        fonts = pikepdf.Dictionary()
        for label, name in FONTS.items():
            fonts[f"/{label}"] = pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Font,
                    Subtype=pikepdf.Name.Type1,
                    BaseFont=pikepdf.Name(f"/{name}"),
                    Encoding=encoding,
                )
            )
        for page in pages:
            pdf.add_blank_page(page_size=A4)
            sheet = pdf.pages[-1]
            sheet.Contents = pdf.make_stream(page.stream())
            sheet.Resources = pikepdf.Dictionary(Font=fonts)
        pdf.docinfo["/Title"] = title
        pdf.Root.Lang = pikepdf.String("en")
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def _head(page: _Page, kind: str) -> None:
    page.box(LEFT, 56, 10, 10, VERMILION)
    page.text(LEFT + 18, 65, "VITRINE", font="F4", size=10)
    page.text(LEFT + 84, 65, kind, font="F3", size=10, colour=GREY)
    page.rule(LEFT, 78, RIGHT)


def leaflet() -> bytes:
    """Return the leaflet of an exhibition: two pages."""
    front, back = _Page(), _Page()
    front.box(0, 0, A4[0], 470, (0.95, 0.93, 0.88))
    for ring in range(8):
        radius = 190 - 24 * ring
        shade = VERMILION if ring % 2 == 0 else (0.95, 0.93, 0.88)
        front.box(297.5 - radius, 250 - radius, radius * 2, radius * 2, shade)
    front.text(LEFT, 548, "Paper, Ink, Distance", font="F2", size=40)
    front.text(LEFT, 584, "Twenty-four prints, 1961\u20132026", size=18, colour=GREY)
    front.lines(
        LEFT,
        636,
        """
        A print is made at arm's length. Between the hand and the paper stand a block,
        a screen or a stone, and each of them adds something nobody asked for: a grain,
        a gap, a colour where two others overlap. This exhibition looks at what the
        distance does. It shows nine printmakers who let it work.
        """,
    )
    front.text(LEFT, 742, "14 November 2026 to 28 February 2027", font="F4", size=11)
    front.text(
        LEFT, 760, "Tuesday to Sunday, eleven to six. Admission is free.", font="F3", size=10
    )
    _head(back, "Exhibition leaflet, page 2 of 2")
    back.text(LEFT, 124, "On the walls", font="F2", size=26)
    y = 160.0
    for number, print_ in enumerate(PRINTS, start=1):
        title = (
            print_.title if len(print_.title) < 60 else print_.title[:43].rstrip(", ") + " \u2026"
        )
        back.figure(LEFT + 14, y, str(number), size=9)
        back.text(LEFT + 26, y, title, font="F2", size=11)
        back.text(LEFT + 278, y, print_.artist, size=11)
        back.figure(RIGHT, y, str(print_.year), size=9)
        y += 19
    back.rule(LEFT, y + 6, RIGHT)
    back.lines(
        LEFT,
        y + 32,
        """
        Please keep an arm's length from the frames. You may photograph without flash.
        Large-print labels and a chair are at the desk; ask for either, or for both.
        """,
    )
    return _pdf("Paper, Ink, Distance: exhibition leaflet", [front, back])


def price_list() -> bytes:
    """Return a price list: one page, figures aligned."""
    page = _Page()
    _head(page, "Price list, November 2026")
    page.text(LEFT, 124, "Unframed, on loan or for sale", font="F2", size=26)
    page.text(LEFT, 146, "Prices in euro, tax included. Editions are signed.", size=11, colour=GREY)
    columns = (("Print", LEFT), ("Edition", 380.0), ("Price", 500.0))
    for label, x in columns:
        page.text(x, 186, label, font="F4", size=9)
    page.rule(LEFT, 193, RIGHT)
    y = 213.0
    for index, print_ in enumerate(PRINTS[:18]):
        edition = (25, 40, 60, 75, 100)[(index * 7) % 5]
        price = 180 + (2026 - print_.year) * 14 + (100 - edition) * 3
        title = print_.title if len(print_.title) < 46 else print_.title[:43] + "\u2026"
        page.text(LEFT, y, title, font="F2", size=11)
        page.figure(415, y, str(edition))
        page.figure(RIGHT - 8, y, f"{price:,}.00")
        page.rule(LEFT, y + 8, RIGHT, weight=0.25, colour=GREY)
        y += 28
    page.lines(
        LEFT,
        y + 18,
        """
        A frame in oiled oak costs 140.00 for a square sheet and 165.00 for a tall one.
        We pack flat; a print leaves the gallery only with its condition report.
        """,
        size=10,
        lead=15,
    )
    return _pdf("Price list, November 2026", [page])


def loan_form() -> bytes:
    """Return a form to be filled in by hand: one page."""
    page = _Page()
    _head(page, "Loan form 7")
    page.text(LEFT, 124, "Request for the loan of a print", font="F2", size=26)
    y = 172.0
    for label in ("Borrower", "Address", "Telephone", "Print and number", "From", "Until"):
        page.text(LEFT, y, label, font="F4", size=9)
        page.rule(LEFT + 120, y + 3, RIGHT)
        y += 34
    page.text(LEFT, y + 14, "The place where it will hang", font="F4", size=9)
    y += 40
    for question in (
        "out of direct sunlight, at no more than 50 lux",
        "between 16 and 22 \u00b0C, at 45 to 55 % humidity",
        "behind glass or acrylic that stops ultraviolet light",
        "insured from wall to wall for the price on the list",
    ):
        page.box(LEFT, y - 9, 10, 10)
        page.text(LEFT + 20, y, question)
        y += 24
    y = page.lines(
        LEFT,
        y + 16,
        """
        The borrower returns the print in the case it came in, and tells the gallery
        within a day of any change to it, however small. Nothing is to be mended,
        cleaned, flattened or reframed by anyone but the gallery's conservator.
        """,
    )
    page.rule(LEFT, y + 70, LEFT + 200)
    page.rule(RIGHT - 200, y + 70, RIGHT)
    page.text(LEFT, y + 84, "Borrower, date", font="F3", size=9, colour=GREY)
    page.text(RIGHT - 200, y + 84, "For the gallery, date", font="F3", size=9, colour=GREY)
    return _pdf("Loan form", [page])


_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_CONTENT_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" '
    f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{_WORD}.styles+xml"/>'
    f'<Override PartName="/docProps/core.xml" '
    f'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    f"</Types>"
)
_PACKAGE_RELS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
    f'Target="docProps/core.xml"/></Relationships>'
)
_DOCUMENT_RELS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'{_XML}<w:styles xmlns:w="{_MAIN}"><w:docDefaults><w:rPrDefault><w:rPr>'
    f'<w:rFonts w:ascii="Georgia" w:hAnsi="Georgia" w:cs="Georgia"/><w:sz w:val="22"/>'
    f'<w:lang w:val="en-GB"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
    f'<w:spacing w:after="140" w:line="300" w:lineRule="auto"/></w:pPr></w:pPrDefault>'
    f'</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    f'<w:name w:val="Normal"/></w:style>'
    f'<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/>'
    f'<w:basedOn w:val="Normal"/><w:pPr><w:spacing w:after="280"/></w:pPr>'
    f'<w:rPr><w:i/><w:sz w:val="44"/></w:rPr></w:style>'
    f'<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>'
    f'<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:keepNext/>'
    f'<w:spacing w:before="280" w:after="100"/><w:outlineLvl w:val="0"/></w:pPr>'
    f'<w:rPr><w:b/><w:color w:val="C23A22"/><w:sz w:val="24"/></w:rPr></w:style>'
    f"</w:styles>"
)


def _paragraph(words: str, style: str = "") -> str:
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{look}<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r></w:p>'


def _table(rows: list[tuple[str, ...]], widths: tuple[int, ...]) -> str:
    """Return a table with hairlines between its rows; widths in twentieths of a point."""
    line = 'w:val="single" w:sz="4" w:space="0" w:color="8A857C"'
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = ""
    for row in rows:
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(words)}</w:tc>'
            for words, width in zip(row, widths, strict=True)
        )
        body += f"<w:tr>{cells}</w:tr>"
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>'
        f"<w:top {line}/><w:bottom {line}/><w:insideH {line}/></w:tblBorders>"
        '<w:tblCellMar><w:top w:w="120" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"
    )


def _docx(title: str, author: str, day: str, body: list[str]) -> bytes:
    document = (
        f'{_XML}<w:document xmlns:w="{_MAIN}"><w:body>{"".join(body)}<w:sectPr>'
        f'<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" '
        f'w:bottom="1417" w:left="1417" w:header="708" w:footer="708" w:gutter="0"/>'
        f"</w:sectPr></w:body></w:document>"
    )
    core = (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{day}T09:00:00Z</dcterms:created>'
        f"</cp:coreProperties>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _PACKAGE_RELS),
            ("docProps/core.xml", core),
            ("word/document.xml", document),
            ("word/_rels/document.xml.rels", _DOCUMENT_RELS),
            ("word/styles.xml", _STYLES),
        ):
            entry = zipfile.ZipInfo(name)  # dated 1980, so that the bytes do not change
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.encode())
    return buffer.getvalue()


def minutes() -> bytes:
    """Return the minutes of a meeting, as a Word document."""
    return _docx(
        "Minutes of the hanging committee",
        "Stella Okonjo-Reyes",
        "2026-10-02",
        [
            _paragraph("Minutes of the hanging committee", "Title"),
            _paragraph(
                "Friday 2 October 2026, in the print room. Present: Stella Okonjo-Reyes (chair), "
                "Alice Thornbury, Ingrid Fjeldstad. Apologies: Václav Šťastný."
            ),
            _paragraph("1. Order of the walls", "Heading1"),
            _paragraph(
                "The north wall opens with “Noon Ferry”, since it can be read from the street. "
                "No two sheets on the same stock hang side by side. Square sheets are centred on "
                "the tall ones, not aligned with their lower edge."
            ),
            _paragraph("2. Light", "Heading1"),
            _paragraph(
                "Fifty lux for the woodblocks, measured at the glass. “Corona” may have more; it "
                "would be a pity otherwise."
            ),
            _paragraph("3. Labels", "Heading1"),
            _paragraph(
                "Title in italics, artist, year, medium; then at most three sentences. One of "
                "them may be about the artist, none about the viewer’s feelings."
            ),
            _paragraph("4. Next meeting", "Heading1"),
            _paragraph("Friday 6 November, same place. Ingrid brings the ladder back."),
        ],
    )


def condition_report() -> bytes:
    """Return a condition report with a table, as a Word document."""
    return _docx(
        "Condition report: Low Sun over Scale Waves",
        "Alice Thornbury",
        "2026-11-12",
        [
            _paragraph("Condition report", "Title"),
            _table(
                [
                    ("Print", "Low Sun over Scale Waves, Haruko Minabe, 1963"),
                    ("Medium", "Woodblock on mulberry paper"),
                    ("Sheet", "400 × 500 mm, full margins"),
                    ("Examined", "12 November 2026, out of the frame, raking light"),
                ],
                (1900, 7100),
            ),
            _paragraph("Paper", "Heading1"),
            _paragraph(
                "Sound and supple. A soft fold, 22 mm, at the lower left corner, outside the "
                "image. Two points of foxing on the back; neither shows on the front."
            ),
            _paragraph("Ink", "Heading1"),
            _paragraph(
                "The blue of the sky is as deep as in the gallery’s photograph of 1987. The red "
                "is stable to a dry swab; it was not tested wet."
            ),
            _paragraph("Advice", "Heading1"),
            _paragraph(
                "May be lent for up to four months at 50 lux, then rests for two years. Hinge "
                "with wheat starch paste on the upper edge only."
            ),
        ],
    )


PAPERS: tuple[DemoPaper, ...] = (
    DemoPaper("Exhibition leaflet.pdf", "alice", leaflet),
    DemoPaper("Price list, November 2026.pdf", "alice", price_list),
    DemoPaper("Condition report – Low Sun over Scale Waves.docx", "alice", condition_report),
    DemoPaper("Loan form 7.pdf", "stella", loan_form),
    DemoPaper("Minutes of the hanging committee.docx", "stella", minutes),
)
