//! Numbers that lead to a person, however they are written and spaced.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Found, stands};
use crate::codes::is_id_number;

/// The characters that may stand between the digits of one number.
const BETWEEN: &str = " -–—~.·•_/()（）,，、\t\n";
/// How many of them at most.
const MAX_BETWEEN: usize = 3;
/// The longest number that is put together from parts: an identity number or a card's with a prefix.
const MAX_JOINED: usize = 23;
/// How many digits lead to somebody or to something of theirs, whatever number it is.
const LONG: usize = 11;
/// The digits as words, by their value; 幺 and 两 are spoken in numbers.
const SPOKEN: [&str; 10] =
    ["零〇○", "一幺壹①", "二两贰②", "三叁③", "四肆④", "五伍⑤", "六陆⑥", "七柒⑦", "八捌⑧", "九玖⑨"];
/// The first of the digits of mathematics, which come in five founts.
const MATHEMATICAL: u32 = 0x1_D7CE;
/// What announces the number of a telephone without its area's code, and how far before it.
const TELEPHONES: [&str; 8] = ["电话", "座机", "手机", "联系", "拨打", "致电", "号码", "传真"];
const ANNOUNCED_WITHIN: usize = 6;

/// Digits without anything between them.
struct Group {
    digits: String,
    from: usize,
    to: usize,
}

/// What the numbers in some characters are.
pub(super) fn kinds(chars: &[char], today: Date) -> BTreeSet<Found> {
    let groups = groups(chars);
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < groups.len() {
        // The longest number that begins here: a part of an identity number looks like a phone's.
        let last = (at..=last_joined(&groups, chars, at)).rev().find_map(|last| {
            let kinds = of_groups(&groups[at..=last], chars, today);
            (!kinds.is_empty()).then_some((last, kinds))
        });
        match last {
            Some((last, kinds)) => {
                found.extend(kinds);
                at = last + 1;
            }
            None => at += 1,
        }
    }
    found
}

fn groups(chars: &[char]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, c) in chars.iter().enumerate() {
        let open = groups.last_mut().filter(|group| group.to == at);
        // An O or an l between digits is a nought or a one.
        let alike = match c {
            'O' => Some('0'),
            'L' | 'I' => Some('1'),
            _ => None,
        };
        match (open, digit(*c)) {
            (Some(group), Some(digit)) => {
                group.digits.push(digit);
                group.to = at + 1;
            }
            (Some(group), None) => {
                if let Some(digit) = alike {
                    group.digits.push(digit);
                    group.to = at + 1;
                }
            }
            (None, Some(digit)) => {
                groups.push(Group { digits: digit.to_string(), from: at, to: at + 1 });
            }
            (None, None) => {}
        }
    }
    groups
}

/// A digit, written or spoken.
fn digit(c: char) -> Option<char> {
    if c.is_ascii_digit() {
        return Some(c);
    }
    if let Some(place) = u32::from(c).checked_sub(MATHEMATICAL).filter(|place| *place < 50) {
        return char::from_digit(place % 10, 10);
    }
    SPOKEN.iter().zip('0'..='9').find(|(words, _)| words.contains(c)).map(|(_, digit)| digit)
}

/// The last group that may belong to the same number as one.
fn last_joined(groups: &[Group], chars: &[char], first: usize) -> usize {
    let mut length = groups[first].digits.len();
    let mut last = first;
    while let Some(next) = groups.get(last + 1) {
        let gap = &chars[groups[last].to..next.from];
        length += next.digits.len();
        let joined = gap.len() <= MAX_BETWEEN && gap.iter().all(|c| BETWEEN.contains(*c));
        if !joined || length > MAX_JOINED {
            break;
        }
        last += 1;
    }
    last
}

fn of_groups(groups: &[Group], chars: &[char], today: Date) -> Vec<Found> {
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return Vec::new() };
    let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
    let whole = groups.len() == 1;
    let checked = match (digits.len(), chars.get(last.to)) {
        (17, Some('X')) => format!("{digits}X"),
        _ => digits.clone(),
    };
    let before = chars[..first.from].iter().rev();
    let letters = before.clone().take_while(|c| c.is_ascii_alphabetic()).count();
    let bare = before.clone().nth(letters).is_none_or(|c| !c.is_ascii_digit());
    // Passports have one letter or two, permits of travel one and up to ten digits.
    let permit = whole && bare && matches!((letters, digits.len()), (1, 8..=10) | (2, 7));
    let mut kinds = Vec::new();
    let identity = is_id_number(&checked, today) || is_short_id(&digits) || permit;
    kinds.extend(identity.then_some(Found::IdNumber));
    kinds.extend((matches!(digits.len(), 16..=19) && luhn(&digits)).then_some(Found::BankCard));
    if !kinds.is_empty() {
        return kinds;
    }
    let landline = is_landline(&digits, Some(first.digits.len()).filter(|_| !whole));
    let local = matches!(digits.len(), 7..=8) && is_announced(chars, first.from);
    let kind = if has_mobile(&digits, whole) {
        Some(Found::Mobile)
    } else if landline || local {
        Some(Found::Landline)
    } else {
        Some(Found::LongNumber).filter(|_| whole && digits.len() >= LONG)
    };
    kind.into_iter().collect()
}

/// Whether a number is a mobile phone's, with or without the country's; or, where nothing stands between the
/// digits, begins or ends with one.
fn has_mobile(digits: &str, whole: bool) -> bool {
    let country = ["0086", "86"].into_iter().find_map(|code| digits.strip_prefix(code));
    let parts = [digits.get(..11), digits.get(digits.len().saturating_sub(11)..)];
    let parts = parts.into_iter().flatten().filter(|_| whole);
    [Some(digits), country].into_iter().flatten().chain(parts).any(is_mobile)
}

/// Whether a number is a telephone's with its area's code, which is its first part if it has parts: three
/// digits and eight, or four and seven or eight.
fn is_landline(digits: &str, first_part: Option<usize>) -> bool {
    let area = if digits.starts_with("01") || digits.starts_with("02") { 3 } else { 4 };
    let rest = digits.len().saturating_sub(area);
    digits.starts_with('0')
        && (rest == 8 || (area, rest) == (4, 7))
        && first_part.is_none_or(|length| length == area)
}

fn is_mobile(number: &str) -> bool {
    let second = number.chars().nth(1);
    number.len() == 11
        && number.starts_with('1')
        && second.is_some_and(|second| ('3'..='9').contains(&second))
}

/// Whether words just before a number say that it is a telephone's.
fn is_announced(chars: &[char], from: usize) -> bool {
    (from.saturating_sub(ANNOUNCED_WITHIN)..from)
        .any(|at| TELEPHONES.iter().any(|word| stands(chars, at, word)))
}

/// An identity number as they were until 1999: 15 digits without the century and the check character.
fn is_short_id(number: &str) -> bool {
    let born = || {
        let part = |from: usize, to: usize| number[from..to].parse::<i8>().ok();
        let (year, month, day) = (part(6, 8)?, part(8, 10)?, part(10, 12)?);
        Date::new(1900 + i16::from(year), month, day).ok()
    };
    number.len() == 15 && ('1'..='8').any(|first| number.starts_with(first)) && born().is_some()
}

/// The check digit of bank cards (ISO/IEC 7812-1).
fn luhn(number: &str) -> bool {
    let digits = number.chars().rev().filter_map(|c| c.to_digit(10));
    let doubled = |(place, digit): (usize, u32)| match (place % 2, digit * 2) {
        (0, _) => digit,
        (_, twice) if twice > 9 => twice - 9,
        (_, twice) => twice,
    };
    digits.enumerate().map(doubled).sum::<u32>() % 10 == 0
}
