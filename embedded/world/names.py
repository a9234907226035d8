"""Believable names, addresses and numbers for the suppliers of a demo world."""

import numpy as np
import numpy.typing as npt

CATEGORIES: dict[str, tuple[str, ...]] = {
    "photographer": ("Photography", "Studios", "Wedding Photography"),
    "venue": ("Barn", "Hall", "Gardens"),
    "florist": ("Flowers", "Floral Design", "Blooms"),
    "caterer": ("Catering", "Kitchen", "Fine Food"),
    "musician": ("Quartet", "Live Music", "Band"),
    "cake maker": ("Cakes", "Bakery", "Patisserie"),
    "stylist": ("Hair & Make-up", "Styling", "Bridal Beauty"),
    "planner": ("Weddings", "Events", "Wedding Planning"),
    "videographer": ("Films", "Wedding Films", "Motion Pictures"),
    "transport": ("Wedding Cars", "Carriages", "Classic Cars"),
}
CATEGORY_SHARES = (0.24, 0.13, 0.13, 0.11, 0.09, 0.08, 0.08, 0.07, 0.05, 0.02)


def _words(text: str) -> tuple[str, ...]:
    """Split a list written as running text."""
    return tuple(text.split())


FIRST_NAMES = _words(
    """Amelia Isla Freya Poppy Harriet Imogen Beatrice Matilda Rosie Eleanor Clara Martha Edith
    Phoebe Nadia Priya Anjali Meera Aisha Zara Leila Mei Yuki Chloe Niamh Aoife Siobhan Bronwen
    Carys Eilidh Ines Sofia Elena Marta Zofia Oliver Arthur Theo Jasper Hugo Felix Rupert Callum
    Angus Rhys Owen Declan Finn Samir Arjun Rohan Omar Tariq Kwame Tunde Mateo Luca Marco Emil
    Henrik Piotr Noah Elliot Toby Reuben Silas Miles Dominic Julian Bennett"""
)
SURNAMES = _words(
    """Ashworth Barlow Bramley Brook Calder Carrow Chadwick Clifton Croft Dalton Darcy Devlin
    Draper Dunmore Eastwood Ellery Fairfax Farrow Fenwick Finch Fletcher Fox Gale Garland Gifford
    Hale Harlow Hart Hawthorne Heath Holloway Hurst Ingram Jarvis Kemble Kendal Khan Kirby Lacey
    Lambert Langley Lark Lennox Linden Lockwood Lowell Marlow Marsh Mercer Merton Mistry Moss
    Nightingale Norwood Oakley Osborne Parr Patel Pemberton Penrose Quill Radley Rai Redfern
    Ridley Rosewood Rowe Sable Selwyn Shaw Sinclair Skye Sorrel Stirling Sutton Swift Thorne
    Tilney Underwood Vale Verity Wainwright Walden Warwick Weller Whitlock Wilde Winslow Wren
    Wyatt Yardley York Abara Mensah Okafor Singh Chowdhury"""
)
ADJECTIVES = _words(
    """Golden Silver Ivory Wild Little Velvet Copper Blush Secret Gilded Midnight Hidden
    Old White Scarlet Honey Marble Crimson Quiet Summer Winter Autumn Lunar Coastal Amber
    Painted Emerald Paper Sunlit Northern"""
)
NOUNS = _words(
    """Thistle Fern Meadow Lantern Orchard Peony Sparrow Swan Hare Acorn Willow Magnolia
    Foxglove Dove Compass Feather Ribbon Bramble Clover Harbour Heron Ivy Juniper Lavender
    Olive Pebble Primrose Quince Robin Sage Starling Teasel Violet Wisteria Anchor"""
)
TOWNS = _words(
    """Bath York Durham Rye Ludlow Whitby Totnes Lewes Frome Kendal Oundle Padstow Hexham
    Stamford Tetbury Malvern Arundel Keswick Conwy Tenby Melrose Oban Crieff Settle"""
)

# Number ranges set aside for drama: they ring nobody's phone.
_PHONES = {
    "Australia/Sydney": "+61 491 570 {:03d}",
    "America/New_York": "+1 212 555 0{:03d}",
    "Asia/Kolkata": "+91 00000 00{:03d}",
}


def _heads() -> list[str]:
    """List every beginning of a business name."""
    pairs = [f"{one} & {two}" for one in SURNAMES for two in SURNAMES if one != two]
    people = [f"{first} {last}" for first in FIRST_NAMES for last in SURNAMES]
    images = [f"The {adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS]
    return pairs + people + images


def business_names(categories: list[str], rng: np.random.Generator) -> list[str]:
    """Name one business per category (a key of `CATEGORIES`), in their order, each name once."""
    heads = _heads()
    order = rng.permutation(len(heads))
    suffixes = rng.integers(0, 3, len(categories))
    names = []
    for i, (category, suffix) in enumerate(zip(categories, suffixes, strict=True)):
        # Once every head is used up, a town and in the end a number keep names apart.
        lap, place = divmod(i, len(heads))
        district, town = divmod(lap - 1, len(TOWNS)) if lap else (0, 0)
        name = f"{heads[order[place]]} {CATEGORIES[category][suffix]}"
        name += f" of {TOWNS[town]}" if lap else ""
        names.append(name + (f" No. {district + 1}" if district else ""))
    return names


def contact_names(count: int, rng: np.random.Generator) -> list[str]:
    """Draw first and last names of people; two people may share one."""
    first = rng.integers(0, len(FIRST_NAMES), count)
    last = rng.integers(0, len(SURNAMES), count)
    return [f"{FIRST_NAMES[f]} {SURNAMES[s]}" for f, s in zip(first, last, strict=True)]


def email_addresses(contacts: list[str]) -> list[str]:
    """Give each contact an address of its own in a domain that takes no mail."""
    seen: dict[str, int] = {}
    addresses = []
    for contact in contacts:
        local = contact.lower().replace(" ", ".")
        seen[local] = seen.get(local, 0) + 1
        number = "" if seen[local] == 1 else str(seen[local])
        domain = "example.org" if len(local) % 3 == 0 else "example.com"
        addresses.append(f"{local}{number}@{domain}")
    return addresses


def phone_numbers(zones: list[str], rng: np.random.Generator) -> list[str | None]:
    """Draw a fictional number in each zone's style; about one in thirty has none."""
    digits = rng.integers(0, 1000, len(zones))
    missing = rng.random(len(zones)) < 1 / 30
    return [
        None if gone else _PHONES.get(zone, "+44 7700 900{:03d}").format(digit)
        for zone, digit, gone in zip(zones, digits, missing, strict=True)
    ]


def uuids(count: int, rng: np.random.Generator) -> npt.NDArray[np.bytes_]:
    """Draw random (version 4) UUIDs as ASCII text: bytes of 36 characters, shape (count,)."""
    raw = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    hexadecimal = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    nibbles = np.empty((count, 32), dtype=np.uint8)
    nibbles[:, 0::2] = hexadecimal[raw >> 4]
    nibbles[:, 1::2] = hexadecimal[raw & 0x0F]
    text = np.full((count, 36), ord("-"), dtype=np.uint8)
    is_digit = np.ones(36, dtype=bool)
    is_digit[[8, 13, 18, 23]] = False
    text[:, is_digit] = nibbles
    return text.view("S36").ravel()
