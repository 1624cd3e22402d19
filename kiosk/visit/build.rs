//! Makes of `pinyin/*.txt` and of the languages' catalogues what the program looks words up in: tables
//! that are read where they lie, so that they cost no start and next to no memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use rspolib::{POEntry, TranslatedEntry as _};

/// Characters of the longest word.
const LONGEST: usize = 8;
/// A cost is this many times the natural logarithm of how rare something is.
const SCALE: f64 = 64.0;

/// A word: its cost, its syllables by their place in the list of all, and its characters.
struct Word {
    cost: u16,
    syllables: Vec<u16>,
    text: Vec<u32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=pinyin");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let lexicon = fs::read_to_string("pinyin/lexicon.txt")?;
    let lines: Vec<Vec<&str>> = lexicon.lines().map(|line| line.split(' ').collect()).collect();
    let all: BTreeSet<&str> = lines.iter().flat_map(|line| &line[2..]).copied().collect();
    let all: Vec<&str> = all.into_iter().collect();
    let mut total = 0.0;
    for line in &lines {
        total += line[1].parse::<f64>()?;
    }
    let mut words = Vec::new();
    for line in &lines {
        let syllables: Result<Vec<u16>, _> = line[2..]
            .iter()
            .map(|syllable| all.binary_search(syllable).map_err(|_| "a syllable of no list"))
            .map(|at| Ok::<u16, Box<dyn Error>>(u16::try_from(at?)?))
            .collect();
        // What occurs nowhere is half as frequent as what occurs once.
        let cost = cost((line[1].parse::<f64>()?.max(0.5)) / total);
        let text: Vec<u32> = line[0].chars().map(u32::from).collect();
        // A word's characters are two bytes each; only alone may one be of the rarer planes.
        if text.len() == 1 || text.iter().all(|char| u16::try_from(*char).is_ok()) {
            words.push(Word { cost, syllables: syllables?, text });
        }
    }
    write_words(&out, &all, &mut words)?;
    write_readings(&out, &words)?;
    write_pairs(&out)?;
    let mut source = format!("pub(super) static SYLLABLES: [&str; {}] = {all:?};\n", all.len());
    write!(source, "pub(super) static WORDS: [&[u8]; {LONGEST}] = [")?;
    for length in 1..=LONGEST {
        write!(source, "include_bytes!(concat!(env!(\"OUT_DIR\"), \"/words_{length}.bin\")),")?;
    }
    source.push_str("];\n");
    fs::write(out.join("lexicon.rs"), source)?;
    write_catalogues(&out)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2,000")]
fn cost(share: f64) -> u16 {
    (-share.ln() * SCALE).round().clamp(0.0, 60_000.0) as u16
}

/// The words of each length by the first letters of their syllables, and by cost.
fn write_words(out: &Path, all: &[&str], words: &mut [Word]) -> Result<(), Box<dyn Error>> {
    let initials = |word: &Word| -> Vec<u8> {
        word.syllables.iter().map(|at| all[usize::from(*at)].as_bytes()[0]).collect()
    };
    words.sort_by_cached_key(|word| (initials(word), word.cost, word.text.clone()));
    for length in 1..=LONGEST {
        let mut bytes = Vec::new();
        for word in words.iter().filter(|word| word.text.len() == length) {
            bytes.extend(word.cost.to_le_bytes());
            bytes.extend(word.syllables.iter().flat_map(|syllable| syllable.to_le_bytes()));
            for char in &word.text {
                match length {
                    1 => bytes.extend(char.to_le_bytes()),
                    _ => bytes.extend(u16::try_from(*char)?.to_le_bytes()),
                }
            }
        }
        fs::write(out.join(format!("words_{length}.bin")), bytes)?;
    }
    Ok(())
}

/// How each character is read: by character.
fn write_readings(out: &Path, words: &[Word]) -> Result<(), Box<dyn Error>> {
    let single = words.iter().filter(|word| word.text.len() == 1);
    let readings: BTreeSet<(u32, u16)> =
        single.map(|word| (word.text[0], word.syllables[0])).collect();
    let bytes = |(char, syllable): (u32, u16)| {
        [char.to_le_bytes().as_slice(), &syllable.to_le_bytes()].concat()
    };
    fs::write(out.join("readings.bin"), readings.into_iter().flat_map(bytes).collect::<Vec<_>>())?;
    Ok(())
}

/// Which words often follow which: the later one, the earlier one, and what the later one is cheaper
/// by.
fn write_pairs(out: &Path) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string("pinyin/pairs.txt")?;
    let mut pairs: Vec<(&str, &str, u16)> = Vec::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let [earlier, later, count] = parts[..] else { return Err(line.into()) };
        // Seen once, it is some thirty times as likely as by chance.
        pairs.push((later, earlier, cost(1.0 / (30.0 * count.parse::<f64>()?))));
    }
    pairs.sort_unstable();
    let source = format!("pub(super) static PAIRS: &[(&str, &str, u16)] = &{pairs:?};\n");
    fs::write(out.join("pairs.rs"), source)?;
    Ok(())
}

/// What Chinese words are in the other languages, by the Chinese.
fn write_catalogues(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../lang");
    let mut source = String::new();
    for language in ["ug", "za", "en"] {
        let path = format!("../lang/{language}/LC_MESSAGES/kiosk.po");
        let catalogue =
            rspolib::pofile(path.as_str()).map_err(|error| format!("{path}: {error}"))?;
        let known = catalogue.entries.into_iter().filter(POEntry::translated);
        let pair = |entry: POEntry| Some((entry.msgid, entry.msgstr?));
        let words: BTreeMap<String, String> = known.filter_map(pair).collect();
        let words: Vec<(String, String)> = words.into_iter().collect();
        let name = language.to_uppercase();
        writeln!(source, "static {name}: &[(&str, &str)] = &{words:?};")?;
    }
    fs::write(out.join("catalogues.rs"), source)?;
    Ok(())
}
