"""Makes radicals.txt anew: python3 make.py FOLDER, with the files of the Unicode Character Database (15.0) in
FOLDER: CJKRadicals.txt, Unihan_IRGSources.txt, and Unihan_RadicalStrokeCounts.txt (.bz2 too).

One line for each radical (部首) in each form in which it is seen: the form, its strokes, and the
hanzi of mainland sources that have it, by how many strokes they have besides. A form of which nobody
says which hanzi have it names the radical it is a form of.
"""
import bz2
import collections
import pathlib
import sys

# Forms that are seen inside hanzi, and how many strokes they have.
FORMS = {
    "亻": (9, 2), "刂": (18, 2), "卩": (26, 2), "忄": (61, 3), "扌": (64, 3), "氵": (85, 3), "犭": (94, 3), "艹": (140, 3),
    "辶": (162, 3), "阝": (170, 2), "灬": (86, 4), "攵": (66, 4), "王": (96, 4), "礻": (113, 4),
    "罒": (122, 5), "衤": (145, 5), "爫": (87, 4), "尢": (43, 3), "彐": (58, 3), "歺": (78, 5), "⺮": (118, 6), "覀": (146, 6),
    "⻊": (157, 7), "⺼": (130, 4), "糹": (120, 6), "訁": (149, 7), "釒": (167, 8), "飠": (184, 8),
}


def lines(name):
    folder = pathlib.Path(sys.argv[1])
    plain = folder / name
    text = plain.read_text("utf-8") if plain.exists() else bz2.decompress((folder / f"{name}.bz2").read_bytes()).decode("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line


def fields(name):
    for line in lines(name):
        code, key, value = line.split("\t")
        yield chr(int(code[2:], 16)), key, value


known = collections.defaultdict(dict)
for name in ("Unihan_IRGSources.txt", "Unihan_RadicalStrokeCounts.txt"):
    for char, key, value in fields(name):
        known[char][key] = value

# 149: 言, 149': 讠.
form = {}
for line in lines("CJKRadicals.txt"):
    number, _, char = (part.strip() for part in line.split(";"))
    form[number] = chr(int(char, 16))

having = collections.defaultdict(lambda: collections.defaultdict(list))
for char, of in known.items():
    if "kIRG_GSource" not in of:
        continue
    for place in of["kRSUnicode"].split():
        number, strokes = place.rsplit(".", 1)
        # ' and '' and ''' are forms that other countries have, too.
        number = number.rstrip("'") + "'" * (1 if number.endswith("'") and f"{number.rstrip(chr(39))}'" in form else 0)
        having[number][max(0, int(strokes))].append(char)

common = lambda char: (not known[char]["kIRG_GSource"].startswith(("G0", "GS")), ord(char))
rows = []
for number, char in form.items():
    if number not in having:
        continue
    strokes = int(known[char]["kTotalStrokes"].split()[0])
    hanzi = " ".join(f"{more}{''.join(sorted(all_of, key=common))}" for more, all_of in sorted(having[number].items()))
    rows.append((strokes, int(number.rstrip("'")), number.count("'"), char, hanzi))
shown = {row[3] for row in rows}
for char, (number, strokes) in FORMS.items():
    if char not in shown:
        rows.append((strokes, number, 9, char, f"={form[str(number)]}"))
with open("radicals.txt", "w", encoding="utf-8") as out:
    for strokes, _, _, char, hanzi in sorted(rows):
        out.write(f"{char} {strokes} {hanzi}\n")
