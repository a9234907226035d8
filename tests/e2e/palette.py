"""Makes pictures small enough to keep."""

from pathlib import Path

from PIL import Image


def shrink(path: Path) -> None:
    """Write a picture with a palette: screens have few colours, and files get a third as large."""
    with Image.open(path) as picture:
        # This method keeps rare colours: a small amber sign stays amber.
        few = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
        )
        few.save(path, optimize=True)
