#!/usr/bin/env python3
"""Makes assets/fonts: Inter in three weights, cut down to the letters that are used, and the fonts of formulas.

Usage: tools/fonts.py INTER KATEX, the unpacked npm packages inter-ui 4.1.1 and katex 0.19.1.
Needs fontTools 4.68 and brotli. egui applies no OpenType features, so the digits of equal width
(`tnum`) are put in the place of the ordinary ones.
"""

import pathlib
import shutil
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

ASSETS = pathlib.Path(__file__).resolve().parent.parent / "assets" / "fonts"
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600}
# Latin, Greek, punctuation, super- and subscripts, currency, letterlike, fractions, arrows, maths, shapes.
RANGES = [
    (0x20, 0x17F), (0x2C6, 0x2DD), (0x391, 0x3C9), (0x2010, 0x2044), (0x2070, 0x209C), (0x20AC, 0x20AC),
    (0x2100, 0x2122), (0x2150, 0x215E), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF),
    (0x2713, 0x2717),
]
FORMULAS = [
    "AMS-Regular", "Caligraphic-Regular", "Main-Bold", "Main-Italic", "Main-Regular", "Math-Italic",
    "SansSerif-Regular", "Script-Regular", "Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular", "Typewriter-Regular",
]


def tabular(font):
    """Ordinary digit -> digit of equal width, from the feature `tnum`."""
    gsub = font["GSUB"].table
    swaps = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    swaps.update(getattr(table, "ExtSubTable", table).mapping)
    return swaps


def inter(source, target):
    font = TTFont(source)
    swaps = tabular(font)
    for table in font["cmap"].tables:
        for digit in range(ord("0"), ord("9") + 1):
            if digit in table.cmap:
                # Two tables may share one map.
                table.cmap[digit] = swaps.get(table.cmap[digit], table.cmap[digit])
    options = subset.Options(layout_features=["kern"], hinting=False, name_IDs=[0, 1, 2, 4, 13, 14], notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)])
    cutter.subset(font)
    font.flavor = None
    font.save(target)
    widths = {font["hmtx"][font.getBestCmap()[ord(digit)]][0] for digit in "0123456789"}
    assert len(widths) == 1, f"the digits of {target} differ in width: {widths}"


def main(inter_package, katex_package):
    for name, weight in WEIGHTS.items():
        inter(inter_package / "web" / f"Inter-{name}.woff2", ASSETS / f"inter-{weight}.ttf")
    shutil.copyfile(inter_package / "LICENSE.txt", ASSETS / "LICENSE-INTER")
    (ASSETS / "katex").mkdir(parents=True, exist_ok=True)
    for name in FORMULAS:
        shutil.copyfile(katex_package / "dist" / "fonts" / f"KaTeX_{name}.ttf", ASSETS / "katex" / f"{name}.ttf")
    shutil.copyfile(katex_package / "LICENSE", ASSETS / "katex" / "LICENSE")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
