//! Hanzi from the keys of a screen (拼音输入): letters → candidates. Sentences are decoded as a
//! whole, by how frequent their words are and which follow which; first letters alone will do, too.
//! What is typed is learnt by nobody: the next visitor's candidates tell nothing of this one's.

use std::{collections::HashSet, sync::LazyLock};

pub mod board;
mod lexicon;
mod radicals;
mod search;
#[cfg(test)]
mod tests;

use lexicon::{LONGEST, Syllables, Word, beginning, beginning_so, pairs, syllable, words};
pub use search::found;

/// Letters that are decoded at most; more are not taken.
pub const LETTERS: usize = 64;
/// The letters of the longest syllable.
const SYLLABLE: usize = 6;
/// How many ways to read what was typed so far are pursued at each letter.
const PURSUED: usize = 12;
/// How many words of one length are tried at each letter.
const TRIED: usize = 8;
/// How many whole sentences are offered.
const SENTENCES: usize = 3;
/// How many words are offered that are longer than what was typed.
const LONGER: usize = 3;
/// What a syllable costs of which only the beginning was typed.
const ABBREVIATED: u32 = 200;
/// What a surname is cheaper by at the beginning of a name.
const SURNAME: u32 = 400;

/// Surnames of one and of two characters, those of most people first.
static SURNAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../../pinyin/surnames.txt").split_whitespace().collect());

/// What is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Words and sentences.
    Text,
    /// A person's name: it begins with a surname.
    Name,
}

/// What the letters may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The hanzi.
    pub text: String,
    /// How many of the letters it stands for, from the first one, separators included.
    pub letters: usize,
}

/// One way to read what was typed up to a letter: its last word, and what came before.
struct Way {
    cost: u32,
    word: Word,
    /// The letter its last word begins at, and which way it continues there; none at the beginning.
    from: Option<(usize, usize)>,
}

/// What `letters` may stand for, the likeliest first: whole sentences, longer words that begin so,
/// then the words they begin with, the longest first. `a` to `z`, `v` for ü, and `'` between syllables; an upper-case letter
/// is the same as its lower-case one. Nothing for anything else.
///
/// ```
/// use visit::pinyin::{Purpose, candidates};
/// assert_eq!(candidates("banlisudukuai", Purpose::Text)[0].text, "办理速度快");
/// assert_eq!(candidates("gzry", Purpose::Text)[0].text, "工作人员");
/// assert_eq!(candidates("zhang", Purpose::Name)[0].text, "张");
/// ```
#[must_use]
pub fn candidates(letters: &str, purpose: Purpose) -> Vec<Candidate> {
    let letters = letters.to_ascii_lowercase();
    let written = letters.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'\'');
    if !written || letters.is_empty() || letters.len() > LETTERS {
        return Vec::new();
    }
    let ways = ways(&letters, purpose);
    let mut candidates = Vec::new();
    // What no syllable begins with is left to be typed on.
    if let Some(end) = (1..=letters.len()).rev().find(|end| !ways[*end].is_empty()) {
        for last in 0..ways[end].len().min(SENTENCES) {
            candidates.push(Candidate { text: sentence(&ways, end, last), letters: end });
        }
    }
    let mut beginning = Vec::new();
    for (end, pattern, abbreviated) in patterns(&letters, 0) {
        if end == letters.len() && pattern.len() > 1 {
            let mut longer: Vec<_> = beginning_so(&pattern).collect();
            longer.sort_by_key(|word| word.cost());
            let longer = longer.into_iter().take(LONGER);
            candidates.extend(longer.map(|word| Candidate { text: word.text(), letters: end }));
        }
        // Of a whole syllable every character, also the rarest one that a name may have.
        let most = if pattern.len() == 1 && abbreviated == 0 { usize::MAX } else { 4 * TRIED };
        let cost = |word: Word| word.cost() + ABBREVIATED * abbreviated - surname(word, purpose);
        beginning.extend(words(&pattern).take(most).map(|word| (end, cost(word), word)));
    }
    beginning.extend(by_initials(&letters));
    beginning.sort_by_key(|(end, cost, _)| (std::cmp::Reverse(*end), *cost));
    let words = beginning.into_iter();
    let words = words.map(|(end, _, word)| Candidate { text: word.text(), letters: end });
    candidates.extend(words);
    if purpose == Purpose::Name {
        // Whoever has typed a surname and no more wants it, however rare it is.
        let is_surname = |candidate: &Candidate| {
            candidate.letters == letters.len() && SURNAMES.contains(candidate.text.as_str())
        };
        candidates.sort_by_key(|candidate| !is_surname(candidate));
    }
    let mut seen = HashSet::with_capacity(candidates.len());
    let first: Vec<bool> = candidates.iter().map(|one| seen.insert(one.text.as_str())).collect();
    let mut first = first.into_iter();
    candidates.retain(|_| first.next() == Some(true));
    candidates
}

/// The ways to read the letters, by where they end, the cheapest first.
fn ways(letters: &str, purpose: Purpose) -> Vec<Vec<Way>> {
    let mut ways: Vec<Vec<Way>> = (0..=letters.len()).map(|_| Vec::new()).collect();
    for start in 0..letters.len() {
        if start > 0 && ways[start].is_empty() {
            continue;
        }
        for (end, pattern, abbreviated) in patterns(letters, start) {
            for word in words(&pattern).take(TRIED) {
                let alone = word.cost() + ABBREVIATED * abbreviated;
                let (cost, from) = match start {
                    0 => (alone - surname(word, purpose), None),
                    _ => {
                        let (before, at) = before(&ways[start], word);
                        (before + alone, Some((start, at)))
                    }
                };
                add(&mut ways[end], Way { cost, word, from });
            }
        }
    }
    ways
}

/// The cheapest of `ways` to come before `word`, and its cost less what the pair is cheaper by. The
/// words of most sentences are in no pair: then it is the first one.
fn before(ways: &[Way], word: Word) -> (u32, usize) {
    let pairs = pairs(&word.text());
    if pairs.is_empty() {
        return (ways[0].cost, 0);
    }
    let cost = |way: &Way| {
        let earlier = way.word.text();
        let pair = pairs.iter().find(|pair| pair.1 == earlier);
        way.cost.saturating_sub(pair.map_or(0, |pair| pair.2.into()))
    };
    let costs = ways.iter().enumerate().map(|(at, way)| (cost(way), at));
    costs.min().unwrap_or_default()
}

/// Keeps the cheapest ways, and one for each last word: what follows depends on nothing before it.
fn add(ways: &mut Vec<Way>, way: Way) {
    if let Some(same) = ways.iter().position(|other| other.word == way.word) {
        if ways[same].cost <= way.cost {
            return;
        }
        ways.remove(same);
    }
    let at = ways.partition_point(|other| other.cost <= way.cost);
    ways.insert(at, way);
    ways.truncate(PURSUED);
}

fn sentence(ways: &[Vec<Way>], end: usize, last: usize) -> String {
    let (mut words, mut at) = (Vec::new(), Some((end, last)));
    while let Some((end, which)) = at {
        let way = &ways[end][which];
        words.push(way.word);
        at = way.from;
    }
    let mut text = String::new();
    words.iter().rev().for_each(|word| word.push_to(&mut text));
    text
}

/// What a word is cheaper by as the surname that a name begins with.
fn surname(word: Word, purpose: Purpose) -> u32 {
    let is = purpose == Purpose::Name && SURNAMES.contains(word.text().as_str());
    if is { SURNAME.min(word.cost()) } else { 0 }
}

/// Where a word that begins at `start` can end, how it is then read, and how many of its syllables
/// are abbreviated.
fn patterns(letters: &str, start: usize) -> Vec<(usize, Vec<Syllables>, u32)> {
    let mut patterns = vec![(start, Vec::new(), 0)];
    let mut grown = 0;
    while grown < patterns.len() {
        let (end, pattern, abbreviated) = patterns[grown].clone();
        grown += 1;
        if pattern.len() == LONGEST {
            continue;
        }
        for (end, syllables) in syllables(letters, end) {
            let mut longer = pattern.clone();
            let more = u32::from(syllables.1);
            longer.push(syllables.0);
            patterns.push((end, longer, abbreviated + more));
        }
    }
    patterns.remove(0);
    patterns
}

/// The syllables that can begin at `start`, with where they end and whether they are abbreviated.
fn syllables(letters: &str, start: usize) -> Vec<(usize, (Syllables, bool))> {
    let rest = &letters[start..];
    let start = start + (rest.len() - rest.trim_start_matches('\'').len());
    let rest = &letters[start..];
    let rest = &rest[..rest.find('\'').unwrap_or(rest.len())];
    if rest.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<_> = (1..=rest.len().min(SYLLABLE))
        .filter_map(|end| Some((start + end, (syllable(&rest[..end])?, false))))
        .collect();
    let whole = !found.is_empty();
    // What is still being typed.
    if syllable(rest).is_none()
        && let Some(begun) = beginning(rest)
    {
        found.push((start + rest.len(), (begun, true)));
    }
    if !whole {
        let double = ["zh", "ch", "sh"].iter().any(|initial| rest.starts_with(initial));
        let end = if double { 2 } else { 1 };
        if end < rest.len()
            && let Some(begun) = beginning(&rest[..end])
        {
            found.push((start + end, (begun, true)));
        }
    }
    found
}

/// Words of which each letter is the first one of a syllable, also where letters make syllables of
/// their own (`gaj`, 公安局).
fn by_initials(letters: &str) -> Vec<(usize, u32, Word)> {
    if !(2..=LONGEST).contains(&letters.len()) {
        return Vec::new();
    }
    let pattern: Option<Vec<_>> =
        (0..letters.len()).map(|at| beginning(&letters[at..=at])).collect();
    let found = pattern.iter().flat_map(|pattern| words(pattern).take(TRIED));
    let abbreviated = u32::try_from(letters.len()).unwrap_or(u32::MAX);
    found.map(|word| (letters.len(), word.cost() + ABBREVIATED * abbreviated, word)).collect()
}
