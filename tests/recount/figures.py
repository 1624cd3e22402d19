"""Counts the published figures again from an export of facts, and compares every integer.

    pingyi verify-figures --config pingyi.toml --save DIR
    python3 figures.py DIR

It shares nothing with the program: it reads the facts by the wire format of protobuf, and counts by
the rules that the contract states (proto/pingyi/publication/v1, proto/pingyi/fact/v1). Compared are
ratings by level, offers and participation (满意率, 参评率), and tickets opened, fed back and rectified
(整改率), in every dimension. When private ratings enter was decided once and is part of the export.
Exit code 0 if all are the same.
"""

import sys
from collections import defaultdict

RATED, OFFERED, PARTICIPATED, OPENED, FED_BACK, RECTIFIED, BY_STAFF, BY_ROBOT = 1, 2, 3, 4, 5, 6, 11, 18
COMPARED = {RATED, OFFERED, PARTICIPATED, OPENED, FED_BACK, RECTIFIED, BY_STAFF, BY_ROBOT}
# Fields of pingyi.type.v1.ServiceAct by dimension.
REGION, AGENCY, STAFF = 1, 2, 8
FIELDS = {REGION: 5, AGENCY: 6, 3: 7, 4: 10, 5: 9, 6: 13, 7: 15, STAFF: 14, 9: 20}
ACTIVE, DEFAULT, PAPER, IMPORTED = 1, 2, 3, 4
# Which of an act's ratings stands for it: given here, on paper, imported, and last a default.
RANK = {ACTIVE: 3, PAPER: 2, IMPORTED: 1, DEFAULT: 0}
LAST_CHANNEL, LAST_STATE = 14, 16
# Ticket states: fed back, reported, accepted, closed, confirmed; and annulled, excluded, linked.
HANDLED, NOWHERE, ANNULLED = {6, 13, 7, 8, 9}, {10, 15, 16}, 10
NO_LEGAL_BASIS = 3


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def message(data):
    """The fields of a message: number to list of values, integers or bytes."""
    fields, at = defaultdict(list), 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            length = {1: 8, 5: 4}[tag & 7]
            value, at = data[at : at + length], at + length
        fields[tag >> 3].append(value)
    return fields


def number(fields, field):
    value = fields[field][-1] if fields[field] else 0
    return value - (1 << 64) if value >= 1 << 63 else value


def text(fields, field):
    return fields[field][-1].decode() if fields[field] else ""


def instant(fields, field):
    """Microseconds since 1970, or none."""
    if not fields[field]:
        return None
    at = message(fields[field][-1])
    return number(at, 1) * 1_000_000 + number(at, 2) // 1_000


def day(at):
    """Days since 1970-01-01 in Asia/Shanghai."""
    return (at // 1_000_000 + 8 * 3600) // 86_400


class Act:
    def __init__(self, data):
        fields = message(data)
        self.id, self.served_at = text(fields, 1), instant(fields, 11)
        self.values = {dimension: text(fields, field) for dimension, field in FIELDS.items()}
        involved = [message(part) for part in fields[16]]
        self.involved = [{AGENCY: text(part, 1), REGION: text(part, 2)} for part in involved]
        item = self.values[3]
        self.is_robots = len(item) >= 18 and item.startswith("Y1000000")

    def keys(self):
        for dimension in FIELDS:
            values = [self.values[dimension]]
            values += [part[dimension] for part in self.involved if dimension in part]
            for value in dict.fromkeys(value for value in values if value):
                if dimension == STAFF:
                    value = f"{self.values[REGION]} {self.values[AGENCY]} {value}"
                yield dimension, value


class Rating:
    def __init__(self, fields, act):
        self.id, self.level = text(fields, 1), number(fields, 3)
        self.channel, self.origin = number(fields, 7), number(fields, 8)
        received, given = instant(fields, 11), instant(fields, 13)
        on_its_day = self.origin in (PAPER, IMPORTED) and given is not None
        self.at = given if on_its_day else received
        self.private = bool(number(fields, 9)) and not act.is_robots
        known = 1 <= self.level <= 5 and self.channel <= LAST_CHANNEL and self.origin in RANK
        self.is_known = known and received is not None

    def weight(self):
        return RANK[self.origin], self.at, self.id

    def is_given(self):
        return self.origin in (ACTIVE, PAPER)


def best(ratings):
    return max(ratings, key=Rating.weight, default=None)


class Recount:
    def __init__(self, places):
        self.places = places
        self.acts, self.offered, self.ratings = {}, set(), defaultdict(dict)
        self.exclusions, self.tickets = {}, {}
        self.counts = defaultdict(int)

    def learn(self, data):
        fact = message(data)
        if number(fact, 1) > self.places.get(text(fact, 3), 0):
            return
        if fact[22]:
            self.act(message(fact[22][-1])[1], None)
        elif fact[23]:
            rating = message(fact[23][-1])
            self.act(rating[2], rating)
        elif fact[42]:
            said = message(fact[42][-1])
            excluded = {"rating": text(said, 2), "act": text(said, 4), "lasts": True}
            self.exclusions.setdefault(text(said, 1), excluded)
        elif fact[43] and text(message(fact[43][-1]), 1) in self.exclusions:
            self.exclusions[text(message(fact[43][-1]), 1)]["lasts"] = False
        elif fact[43]:
            return
        self.ticket(fact)

    def act(self, act, rating):
        if not act or Act(act[-1]).served_at is None or not Act(act[-1]).id:
            return
        act = Act(act[-1])
        if rating is None:
            self.offered.add(act.id)
        else:
            rating = Rating(rating, act)
            if not rating.is_known:
                return
            self.ratings[act.id].setdefault(rating.id, rating)
        self.acts.setdefault(act.id, act)

    def ticket(self, fact):
        if fact[30]:
            opened = message(fact[30][-1])
            rating = text(message(opened[10][-1]), 1) if opened[10] else text(opened, 2)
            if opened[3] and instant(opened, 8) is not None and number(opened, 16) <= LAST_STATE:
                act = Act(opened[3][-1])
                act.involved = []
                row = {"act": act, "day": day(instant(opened, 8)), "sequence": 0, "finding": 0}
                row |= {"state": number(opened, 16) or 1, "fed_back": False, "excluded": False}
                row["waits"] = bool(number(opened, 7)) and bool(rating)
                self.tickets.setdefault(text(opened, 1), row)
        for field, ticket in ((31, 1), (32, 1), (34, 1), (42, 3), (43, 3)):
            said = message(fact[field][-1]) if fact[field] else None
            row = self.tickets.get(text(said, ticket)) if said else None
            if row is None:
                continue
            if field == 31:
                row["excluded"] = False
            elif field == 32:
                state, sequence = number(said, 3), number(said, 2)
                if 1 <= state <= LAST_STATE and sequence > row["sequence"] and said[5]:
                    row |= {"state": state, "finding": number(said, 4), "sequence": sequence}
                    row["fed_back"] = state in HANDLED
            elif field == 34 and row["state"] != ANNULLED:
                row |= {"state": ANNULLED, "fed_back": False, "sequence": number(said, 2)}
            elif field in (42, 43):
                left = number(said, 10 if field == 42 else 6)
                row["excluded"] = left == 0

    def add(self, act, measures, on, channel=0, level=0, origin=0):
        if act.is_robots:
            if RATED not in measures:
                return
            keys, measures = [(REGION, act.values[REGION])], [BY_ROBOT]
        else:
            keys = list(act.keys())
        for dimension, key in keys:
            for measure in measures:
                self.counts[dimension, key, on, measure, channel, level, origin] += 1

    def add_rating(self, act, on, *by):
        of_staff = bool(act.values[STAFF]) or bool(act.involved)
        self.add(act, [RATED, BY_STAFF] if of_staff else [RATED], on, *by)

    def count(self, entered, followed):
        excluded = defaultdict(set)
        for said in self.exclusions.values():
            if said["lasts"]:
                excluded[said["act"]].add(said["rating"])
        for act_id, act in self.acts.items():
            gone, ratings = excluded[act_id], self.ratings[act_id].values()
            stands = best(ratings)
            if act_id in entered:
                # A private rating counts as it entered, whatever came after it.
                once = message(entered[act_id])
                if text(once, 1) not in gone:
                    by = (0, number(once, 3), number(once, 8))
                    self.add_rating(Act(once[2][-1]), day(instant(once, 11)), *by)
            else:
                if stands is None or not stands.private:
                    stands = best(rating for rating in ratings if rating.id not in gone)
                if stands is not None and not stands.private:
                    by = (stands.channel, stands.level, stands.origin)
                    self.add_rating(act, day(stands.at), *by)
            if act_id in self.offered:
                took_part = stands is not None and stands.is_given()
                measures = [OFFERED, PARTICIPATED] if took_part else [OFFERED]
                self.add(act, measures, day(act.served_at))
        for ticket_id, row in self.tickets.items():
            if row["waits"] and ticket_id in followed:
                on, act = followed[ticket_id]
                row |= {"act": Act(act), "day": on, "waits": False}
            if row["waits"] or row["excluded"] or row["state"] in NOWHERE:
                continue
            measures = [OPENED]
            if row["fed_back"]:
                measures += [FED_BACK] if row["finding"] == NO_LEGAL_BASIS else [FED_BACK, RECTIFIED]
            self.add(row["act"], measures, row["day"])


def main(folder):
    places, published, entered, followed = {}, {}, {}, {}
    with open(f"{folder}/figures.csv", encoding="utf-8") as lines:
        for line in lines:
            what, rest = line.rstrip("\n").split(",", 1)
            if what == "place":
                producer, position, _ = rest.split(",", 2)
                places[producer] = int(position)
            elif what == "figure":
                *of, key = rest.split(",", 7)
                dimension, on, measure, channel, level, origin, n = map(int, of)
                if dimension in FIELDS and measure in COMPARED:
                    published[dimension, key, on, measure, channel, level, origin] = n
            elif what == "act":
                act, counted = rest.split(",", 1)
                entered[act] = bytes.fromhex(counted)
            elif what == "ticket":
                ticket, on, act = rest.split(",", 2)
                followed[ticket] = int(on), bytes.fromhex(act)
    with open(f"{folder}/facts.bin", "rb") as file:
        facts = file.read()
    recount, at = Recount(places), 0
    while at < len(facts):
        length, at = varint(facts, at)
        recount.learn(facts[at : at + length])
        at += length
    recount.count(entered, followed)
    wrong = 0
    for of in sorted(published.keys() | recount.counts.keys()):
        ours, theirs = recount.counts.get(of, 0), published.get(of, 0)
        if ours != theirs:
            wrong += 1
            print(f"{of}: published {theirs}, recounted {ours}")
    if wrong:
        sys.exit(f"{wrong} of {len(published)} figures differ")
    print(f"all {len(published)} figures are what this script gives")


if __name__ == "__main__":
    main(sys.argv[1])
