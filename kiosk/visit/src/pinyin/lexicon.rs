//! The words, where they lie in the program: what `build.rs` made of `pinyin/*.txt`.

use std::{cmp::Ordering, ops::Range};

include!(concat!(env!("OUT_DIR"), "/lexicon.rs"));
include!(concat!(env!("OUT_DIR"), "/pairs.rs"));
static READINGS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/readings.bin"));

/// Characters of the longest word.
pub(super) const LONGEST: usize = WORDS.len();
/// Bytes of one character's reading.
const READING: usize = 6;

/// Syllables by their place in [`SYLLABLES`]: one, or all that begin alike.
pub(super) type Syllables = Range<u16>;

/// A word of the lexicon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    length: usize,
    at: usize,
}

impl Word {
    /// Bytes of a word of this length: cost, syllables, characters.
    fn size(length: usize) -> usize {
        if length == 1 { 8 } else { 2 + 4 * length }
    }

    fn bytes(self) -> &'static [u8] {
        let size = Self::size(self.length);
        &WORDS[self.length - 1][self.at * size..][..size]
    }

    /// What it costs: 64 times the natural logarithm of how rare it is.
    pub(super) fn cost(self) -> u32 {
        u32::from(two(self.bytes()))
    }

    fn syllable(self, at: usize) -> u16 {
        two(&self.bytes()[2 + 2 * at..])
    }

    pub(super) fn push_to(self, text: &mut String) {
        let characters = &self.bytes()[2 + 2 * self.length..];
        if self.length == 1 {
            text.extend(char::from_u32(four(characters)));
            return;
        }
        text.extend(characters.chunks_exact(2).filter_map(|c| char::from_u32(two(c).into())));
    }

    pub(super) fn text(self) -> String {
        let mut text = String::new();
        self.push_to(&mut text);
        text
    }

    /// The first letters of its first syllables, compared with those of `pattern`.
    fn initials(self, pattern: &[Syllables]) -> Ordering {
        let own = (0..pattern.len()).map(|at| initial(self.syllable(at)));
        own.cmp(pattern.iter().map(|syllables| initial(syllables.start)))
    }
}

fn two(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn four(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn initial(syllable: u16) -> u8 {
    SYLLABLES[usize::from(syllable)].as_bytes()[0]
}

/// The words that are read so, the most frequent first.
pub(super) fn words(pattern: &[Syllables]) -> impl Iterator<Item = Word> + '_ {
    of_length(pattern.len(), pattern)
}

/// The longer words that begin so, the shorter ones first.
pub(super) fn beginning_so(pattern: &[Syllables]) -> impl Iterator<Item = Word> + '_ {
    (pattern.len() + 1..=LONGEST).flat_map(|length| of_length(length, pattern))
}

fn of_length(length: usize, pattern: &[Syllables]) -> impl Iterator<Item = Word> + '_ {
    let count = WORDS[length - 1].len() / Word::size(length);
    let first = |is: fn(Ordering) -> bool| {
        let (mut from, mut to) = (0, count);
        while from < to {
            let at = from.midpoint(to);
            match is(Word { length, at }.initials(pattern)) {
                true => from = at + 1,
                false => to = at,
            }
        }
        from
    };
    let alike = first(Ordering::is_lt)..first(Ordering::is_le);
    let read_so = move |word: &Word| {
        pattern.iter().enumerate().all(|(at, syllables)| syllables.contains(&word.syllable(at)))
    };
    alike.map(move |at| Word { length, at }).filter(read_so)
}

/// All syllables that begin so; none if there are none.
pub(super) fn beginning(letters: &str) -> Option<Syllables> {
    let from = SYLLABLES.partition_point(|syllable| *syllable < letters);
    let alike = SYLLABLES[from..].iter().take_while(|syllable| syllable.starts_with(letters));
    let to = from + alike.count();
    (from < to).then(|| index(from)..index(to))
}

/// The syllable that is written so. Where there is no ü, it is v, or u where that is no other.
pub(super) fn syllable(letters: &str) -> Option<Syllables> {
    let letters = match letters {
        "lue" => "lve",
        "nue" => "nve",
        written => written,
    };
    let at = SYLLABLES.binary_search(&letters).ok()?;
    Some(index(at)..index(at + 1))
}

fn index(at: usize) -> u16 {
    // There are some four hundred.
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// The pairs that end with a word: it, the word before it, and what it is cheaper by then.
pub(super) fn pairs(later: &str) -> &'static [(&'static str, &'static str, u16)] {
    let from = PAIRS.partition_point(|pair| pair.0 < later);
    let alike = PAIRS[from..].iter().take_while(|pair| pair.0 == later).count();
    &PAIRS[from..from + alike]
}

/// How a character is read; nothing if it is none.
pub(super) fn readings(character: char) -> impl Iterator<Item = &'static str> {
    let character = u32::from(character);
    let reading = |at: usize| &READINGS[at * READING..][..READING];
    let (mut from, mut to) = (0, READINGS.len() / READING);
    while from < to {
        let at = from.midpoint(to);
        match four(reading(at)) < character {
            true => from = at + 1,
            false => to = at,
        }
    }
    (from..READINGS.len() / READING)
        .map(reading)
        .take_while(move |found| four(found) == character)
        .map(|found| SYLLABLES[usize::from(two(&found[4..]))])
}
