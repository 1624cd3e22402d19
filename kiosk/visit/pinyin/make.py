"""Makes lexicon.txt and pairs.txt anew: python3 make.py JIEBA_DICT_TXT, with pypinyin installed.

Words, how often they occur and which are places: jieba 0.42.1 (MIT). How they are read: pypinyin
0.55.0 (MIT). phrases.txt, sentences.txt and surnames.txt are this project's own.
"""
import collections
import itertools
import math
import re
import sys

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.constants import PINYIN_DICT

WORDS = 90_000           # the most frequent words of two characters and more
PHRASE, PLACE = 3_000, 4  # a phrase counts like a word so frequent; a place as so many
HAN = re.compile(r"[\u4e00-\u9fff]+")
READ = {"太长": "tai chang", "很长": "hen chang", "时间长": "shi jian chang", "时间太长": "shi jian tai chang"}
SYLLABLE = re.compile(r"[a-z]*[aeiouv][a-z]*")  # 嗯 (n) and 呣 (m) would hide abbreviations


def read(word):
    if word in READ:
        return READ[word].split()
    return [s.replace("ü", "v") for s in lazy_pinyin(word, style=Style.NORMAL, v_to_u=False)]


counts, places = {}, set()
for line in open(sys.argv[1], encoding="utf-8"):
    word, count, tag = line.split()
    if HAN.fullmatch(word):
        counts[word] = int(count) * (PLACE if tag == "ns" else 1)
own = lambda name: open(name, encoding="utf-8").read()
for phrase in own("phrases.txt").split():
    counts[phrase] = max(counts.get(phrase, 0), PHRASE)

# Sentences are cut where the words' costs say, so that pairs are pairs of words the decoder knows.
total = sum(counts.values())
cost = lambda word: -math.log(counts.get(word, 0.1) / total)


def cut(text):
    best = [(0.0, 0)] + [(math.inf, 0)] * len(text)
    for end in range(1, len(text) + 1):
        for start in range(max(0, end - 8), end):
            if end - start == 1 or text[start:end] in counts:
                best[end] = min(best[end], (best[start][0] + cost(text[start:end]), start))
    words, end = [], len(text)
    while end:
        words.append(text[best[end][1]:end])
        end = best[end][1]
    return words[::-1]


pairs = collections.Counter()
for sentence in HAN.findall(own("sentences.txt")):
    pairs.update(itertools.pairwise(cut(sentence)))
used = {word for pair in pairs for word in pair}

words = sorted((w for w in counts if 1 < len(w) <= 8), key=lambda w: (-counts[w], w))
chosen = set(words[:WORDS]) | {w for w in used if len(w) > 1} | set(own("phrases.txt").split())
chosen |= {w for w in own("surnames.txt").split() if len(w) > 1}
rows, weight = [], collections.defaultdict(collections.Counter)
for word in chosen:
    reading = read(word)
    if len(reading) == len(word) and all(map(SYLLABLE.fullmatch, reading)):
        rows.append((reading, word, max(counts.get(word, 1), 1)))
        for char, syllable in zip(word, reading):
            weight[char][syllable] += max(counts.get(word, 1), 1)
# A character is read as often in one way as its words say.
for code in PINYIN_DICT:
    char = chr(code)
    if 0xE000 <= code < 0xF900:  # private use: every font draws something else
        continue
    readings = [s.replace("ü", "v") for s in pinyin(char, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]]
    readings = [s for s in dict.fromkeys(readings) if SYLLABLE.fullmatch(s)]
    alone = counts.get(char, 0)
    of_words = sum(weight[char][s] + 1 for s in readings)
    for at, syllable in enumerate(readings):
        share = (weight[char][syllable] + (1 if at else 2)) / (of_words + 1)
        rows.append(([syllable], char, max(int(alone * share), 0)))
rows.sort()
with open("lexicon.txt", "w", encoding="utf-8") as out:
    for reading, word, count in rows:
        out.write(f"{word} {count} {' '.join(reading)}\n")
with open("pairs.txt", "w", encoding="utf-8") as out:
    for (one, two), count in sorted(pairs.items()):
        out.write(f"{one} {two} {count}\n")
