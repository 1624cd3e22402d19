//! Finding an item by a few letters: `ggj` finds 公共…, and so do `gonggong` and `gongg`.

use std::collections::BTreeSet;

use super::lexicon::readings;

/// Where `query` is found in `name`: how many characters stand before it; none if it is not there.
/// Each character of it is a hanzi or a digit itself, or written by its whole syllable, or by the
/// first letters of it; signs between hanzi are passed over.
///
/// ```
/// use visit::pinyin::found;
/// assert_eq!(found("ggj", "办理公共交通卡"), Some(2));
/// assert_eq!(found("jiaotong", "办理公共交通卡"), Some(4));
/// assert_eq!(found("交通", "办理公共交通卡"), Some(4));
/// assert_eq!(found("xyz", "办理公共交通卡"), None);
/// ```
#[must_use]
pub fn found(query: &str, name: &str) -> Option<usize> {
    let sign = |c: &char| c.is_whitespace() || *c == '\'';
    let query: Vec<char> =
        query.chars().filter(|c| !sign(c)).flat_map(char::to_lowercase).collect();
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    if query.is_empty() {
        return Some(0);
    }
    (0..name.len()).find(|start| goes_on(&query, &name[*start..]))
}

/// Whether `name` begins with what `query` says. What may be read in several ways is followed in all
/// of them together: after each character, how much of the query may be used up.
fn goes_on(query: &[char], name: &[char]) -> bool {
    let mut used = BTreeSet::from([0]);
    for character in name {
        if used.is_empty() || used.contains(&query.len()) {
            break;
        }
        if !character.is_alphanumeric() {
            continue;
        }
        let mut next = BTreeSet::new();
        for rest in used {
            if query[rest] == *character {
                next.insert(rest + 1);
            }
            for reading in readings(*character) {
                // ü is v on the keys, and many write u.
                let same = |(letter, typed): (char, &char)| {
                    letter == *typed || (letter == 'v' && *typed == 'u')
                };
                let most = reading.chars().zip(&query[rest..]).take_while(|pair| same(*pair));
                next.extend((1..=most.count()).map(|typed| rest + typed));
            }
        }
        used = next;
    }
    used.contains(&query.len())
}
