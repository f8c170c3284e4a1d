"""The demo catalogue: twenty-four prints in the order they hang, by artists who never lived."""

from dataclasses import dataclass

from PIL import Image

from demo.prints import draw


@dataclass(frozen=True)
class DemoCategory:
    name: str
    slug: str


@dataclass(frozen=True)
class DemoPrint:
    """One label and the four values that make its picture."""

    title: str
    artist: str
    year: int
    medium: str
    category: DemoCategory
    description: str
    family: str
    palette: str
    seed: int
    ratio: str

    def picture(self, width: int = 1600) -> Image.Image:
        return draw(self.family, self.palette, self.seed, self.ratio, width)


LANDSCAPES = DemoCategory("Landscapes", "landscapes")
GEOMETRY = DemoCategory("Geometry", "geometry")
BOTANICAL = DemoCategory("Botanical", "botanical")
RHYTHM = DemoCategory("Rhythm", "rhythm")
NIGHT = DemoCategory("Night", "night")
STILL_LIFE = DemoCategory("Still life", "still-life")

CATEGORIES = (LANDSCAPES, GEOMETRY, BOTANICAL, RHYTHM, NIGHT, STILL_LIFE)

BENHACHMI = "Leïla Benhachmi"
HORACKOVA = "Zdeňka Hořáčková-Linhartová"
MINABE = "Haruko Minabe"
NWAFILI = "Adaora Nwafili"
QUIRARTE = "Tomás Quirarte Olmedo"
SKJELBREID = "Oddvar Skjelbreid"
TAMMSALU = "Mihkel Tammsalu"
VADAKKEDATH = "Rukmini Vadakkedath"
VARENKAMP = "Ilse Varenkamp"

PRINTS: tuple[DemoPrint, ...] = (
    DemoPrint(
        title="Noon Ferry",
        artist=BENHACHMI,
        year=2016,
        medium="Risograph in three inks on ivory paper",
        category=LANDSCAPES,
        description=(
            "The sun is screened into dots that thin towards the horizon, where yellow shows "
            "through. Its light on the water is cut into bars that drift a little to each side, "
            "as if a boat had just passed."
        ),
        family="noon",
        palette="duplicate",
        seed=11,
        ratio="4:5",
    ),
    DemoPrint(
        title="Three Stems",
        artist=QUIRARTE,
        year=1978,
        medium="Screenprint on cotton paper",
        category=BOTANICAL,
        description=(
            "Paired leaves climb three stems in front of an ochre disc. Each leaf is cut in two "
            "along its rib, one half in light and one in shade, so four flat inks do the work "
            "of modelling."
        ),
        family="branch",
        palette="orchard",
        seed=5,
        ratio="4:5",
    ),
    DemoPrint(
        title="Rope Yard",
        artist=NWAFILI,
        year=2014,
        medium="Screenprint on Somerset satin",
        category=GEOMETRY,
        description=(
            "Twenty-five square tiles carry the same banded quarter turns; only the direction "
            "changes. Whichever way a tile is laid, its strands meet those of its neighbours."
        ),
        family="rings",
        palette="harbour",
        seed=4,
        ratio="square",
    ),
    DemoPrint(
        title="Somebody Is Still Up",
        artist=HORACKOVA,
        year=1971,
        medium="Serigraph on laid paper",
        category=NIGHT,
        description=(
            "Three rows of flats stand one behind the other, paler as they recede. The number of "
            "lit windows grows towards the viewer; no two neighbouring houses are of equal height."
        ),
        family="windows",
        palette="midnight",
        seed=9,
        ratio="4:5",
    ),
    DemoPrint(
        title="Wind Map with Red Disc",
        artist=VADAKKEDATH,
        year=2006,
        medium="Lithograph in two colours",
        category=RHYTHM,
        description=(
            "Fine lines follow one current and never touch. Where they enter the disc they swell "
            "to three times their weight and turn from black to vermilion; their course is "
            "unchanged."
        ),
        family="wind",
        palette="helvetia",
        seed=1,
        ratio="4:5",
    ),
    DemoPrint(
        title="Plum Hills",
        artist=SKJELBREID,
        year=1994,
        medium="Cut paper, printed as a pigment print",
        category=LANDSCAPES,
        description=(
            "Seven sheets of paper, cut along a ridge and laid one over the other. The shadow "
            "at each edge is the only sign of depth; the colour deepens step by step towards "
            "the foreground."
        ),
        family="hills",
        palette="plum",
        seed=3,
        ratio="4:5",
    ),
    DemoPrint(
        title="Twenty Tiles for a Kitchen Wall",
        artist=VARENKAMP,
        year=1964,
        medium="Screenprint on offset card",
        category=GEOMETRY,
        description=(
            "Quarter circles, half circles and whole ones, four to a row. Varenkamp proposed the "
            "sheet as a plan for ceramic tiles; the wall was never built."
        ),
        family="quarters",
        palette="kitchen",
        seed=9,
        ratio="4:5",
    ),
    DemoPrint(
        title="Low Sun over Scale Waves",
        artist=MINABE,
        year=1963,
        medium="Woodblock on mulberry paper",
        category=LANDSCAPES,
        description=(
            "The old wave pattern fills the sea, row over row, and darkens with depth. The sky "
            "is shaded by wiping the block before each impression; a few waves keep the red of "
            "the sun."
        ),
        family="scales",
        palette="prussian",
        seed=7,
        ratio="4:5",
    ),
    DemoPrint(
        title="Second Sky",
        artist=TAMMSALU,
        year=2021,
        medium="Screenprint on black stock",
        category=NIGHT,
        description=(
            "A chart of 190 stars that no observatory has recorded, ruled in twenty-four hours. "
            "The brightest are joined into figures; the artist left them without names."
        ),
        family="stars",
        palette="pitch",
        seed=10,
        ratio="square",
    ),
    DemoPrint(
        title="Table with Yellow Cloth",
        artist=QUIRARTE,
        year=1983,
        medium="Risograph in three inks",
        category=STILL_LIFE,
        description=(
            "Four vessels and a bowl of fruit in coral, teal and yellow. Where the inks overlap "
            "they make a green and a near-black that nobody mixed. The slight gap along the "
            "fruit is the plates missing each other by a hair."
        ),
        family="table",
        palette="duplicate",
        seed=7,
        ratio="4:5",
    ),
    DemoPrint(
        title="Chevron for a Long Corridor",
        artist=VADAKKEDATH,
        year=1984,
        medium="Screenprint after a woven sample",
        category=RHYTHM,
        description=(
            "A twill of forty warp threads, drawn crossing by crossing. The diagonal turns at "
            "regular intervals, and a band of red warp runs the full height of the cloth."
        ),
        family="twill",
        palette="prussian",
        seed=8,
        ratio="4:5",
    ),
    DemoPrint(
        title="Meadow before Mowing",
        artist=HORACKOVA,
        year=1966,
        medium="Linocut in five colours",
        category=BOTANICAL,
        description=(
            "Nine plants on one line of ground. Flowers, clocks and a tulip are built from discs, "
            "wedges and spokes; the pairs of leaves below repeat until they become a pattern."
        ),
        family="meadow",
        palette="harbour",
        seed=4,
        ratio="square",
    ),
    DemoPrint(
        title="Crescendo",
        artist=VARENKAMP,
        year=1961,
        medium="Offset lithograph, concert poster without text",
        category=RHYTHM,
        description=(
            "Every ring is a third stronger than the one inside it. The breaks fall on a grid of "
            "fifteen degrees, so that the eye counts while it turns."
        ),
        family="crescendo",
        palette="crescendo",
        seed=10,
        ratio="4:5",
    ),
    DemoPrint(
        title="Soundings, Outer Skerries",
        artist=SKJELBREID,
        year=1991,
        medium="Etching and aquatint in six plates",
        category=LANDSCAPES,
        description=(
            "Depth is printed in steps from dark to pale, the shallows nearly white. The highest "
            "ground is orange, the colour of a beacon. Fine contours pass over land and water "
            "alike."
        ),
        family="chart",
        palette="fjord",
        seed=7,
        ratio="4:5",
    ),
    DemoPrint(
        title="New Town, South Side",
        artist=BENHACHMI,
        year=1998,
        medium="Screenprint on yellow ground",
        category=GEOMETRY,
        description=(
            "One hundred and sixty-nine columns on a square plan, drawn without perspective. "
            "Light falls from the left; the tallest roofs are coral."
        ),
        family="city",
        palette="lagoon",
        seed=13,
        ratio="square",
    ),
    DemoPrint(
        title="Corona",
        artist=TAMMSALU,
        year=2024,
        medium="Screenprint in two colours on blue stock",
        category=NIGHT,
        description=(
            "The dark disc is bare paper: only the light around it is printed. The dots keep "
            "their distance and lose their size, and a thin crescent of ochre closes the ring."
        ),
        family="eclipse",
        palette="midnight",
        seed=12,
        ratio="4:5",
    ),
    DemoPrint(
        title="Golden Angle",
        artist=VADAKKEDATH,
        year=1989,
        medium="Screenprint on green stock",
        category=BOTANICAL,
        description=(
            "Six hundred and twenty petals, each turned 137.5 degrees from the last, as seeds "
            "are set in a sunflower. The spirals are not drawn; they appear."
        ),
        family="seed-head",
        palette="pine",
        seed=15,
        ratio="square",
    ),
    DemoPrint(
        title="Split Fountain",
        artist=TAMMSALU,
        year=2018,
        medium="Relief print from birch plywood, two inks on one roller",
        category=GEOMETRY,
        description=(
            "Square tiles in three sizes, each cut so that every edge meets its neighbour, "
            "whatever the turn. Orange and blue are laid side by side on one roller and meet on "
            "the way down."
        ),
        family="tiles",
        palette="crescendo",
        seed=3,
        ratio="4:5",
    ),
    DemoPrint(
        title="Ploughland at Six in the Evening, Seen from the Gate of the Lower Field, "
        "with the Road to Huichapan Hidden behind the Second Rise",
        artist=QUIRARTE,
        year=1974,
        medium="Screenprint on amate paper",
        category=LANDSCAPES,
        description=(
            "Six parcels of land, each ploughed towards a point of its own. The title is longer "
            "than the road it mentions, which cannot be seen."
        ),
        family="fields",
        palette="desert",
        seed=2,
        ratio="4:5",
    ),
    DemoPrint(
        title="Harmattan",
        artist=NWAFILI,
        year=2022,
        medium="Screenprint in five colours",
        category=RHYTHM,
        description=(
            "Broad ribbons are laid first and narrow ones fill the room that is left. They bend "
            "to one wind, keep apart from each other, and end where another is in the way."
        ),
        family="ribbons",
        palette="persimmon",
        seed=2,
        ratio="4:5",
    ),
    DemoPrint(
        title="Nine Dried Things",
        artist=HORACKOVA,
        year=1979,
        medium="Linocut on Zerkall paper",
        category=BOTANICAL,
        description=(
            "A herbarium page: ginkgo, umbel, beech, horsetail, fern, poppy heads, palm, willow "
            "and honesty. Each sprig has its own ground and is drawn in one ink and its half tone."
        ),
        family="herbarium",
        palette="persimmon",
        seed=6,
        ratio="square",
    ),
    DemoPrint(
        title="Œil-de-bœuf",
        artist=BENHACHMI,
        year=2019,
        medium="Screenprint on cotton paper",
        category=GEOMETRY,
        description=(
            "A single block, tumbled edge to edge across the sheet. Two sets of three inks take "
            "turns in widening rings, and a window opens in a wall that has no thickness."
        ),
        family="blocks",
        palette="fjord",
        seed=19,
        ratio="4:5",
    ),
    DemoPrint(
        title="Night Crossing with Blue Moon",
        artist=MINABE,
        year=1968,
        medium="Woodblock on dyed paper",
        category=NIGHT,
        description=(
            "Twenty-six layers of water, blue at the horizon, pale in the middle and almost black "
            "at the near edge. Dark lines between them are the paper itself, left uncut."
        ),
        family="swell",
        palette="midnight",
        seed=8,
        ratio="square",
    ),
    DemoPrint(
        title="Sixteen Tiles, Plum",
        artist=VARENKAMP,
        year=1970,
        medium="Screenprint on offset card",
        category=GEOMETRY,
        description=(
            "Six years after the kitchen wall Varenkamp returned to its shapes with a quieter "
            "set of inks. Four rows of four; the square sheet has no top, and she signed it on "
            "the back."
        ),
        family="quarters",
        palette="plum",
        seed=6,
        ratio="square",
    ),
)
