//! Looks in words for what leads to a person (个人信息, P05): before anybody's words are shown to everybody,
//! whoever reviewed them. It finds what has a form; it does not understand. So it cuts nothing out: words in
//! which it finds something are not shown at all. Names without a title are found by `intake`, which has a
//! dictionary.

mod name;
mod number;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use name::is_family_name;

/// What was found; never the words themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Found {
    /// A mobile phone's number (手机号码).
    Mobile,
    /// The number of a telephone on a line (固定电话).
    Landline,
    /// An identity number of 18 or 15 places, or that of a passport or permit (身份证件号码).
    IdNumber,
    /// The number of a bank card (银行卡号).
    BankCard,
    /// An address for mail (电子邮箱).
    Email,
    /// A vehicle's plate (车牌号码).
    Plate,
    /// An account of a messenger (微信号、QQ号).
    Account,
    /// Another number of eleven digits or more: of a case, a contract, an account (其他长编号).
    LongNumber,
    /// A name (姓名).
    Name,
}

/// What leads to a person in some words, each kind once; `today` is a day in Asia/Shanghai, on which whoever
/// has an identity number is alive.
///
/// ```
/// use domain::disclosure::personal::{Found, find};
/// let today = jiff::civil::date(2026, 3, 2);
/// let found = |words| find(words, today).into_iter().collect::<Vec<_>>();
/// assert_eq!(found("等了三个小时，3号窗口没有人"), []);
/// assert_eq!(found("请打１３８ 0000-8000"), [Found::Mobile]);
/// assert_eq!(found("王科长态度不好"), [Found::Name]);
/// ```
#[must_use]
pub fn find(words: &str, today: Date) -> BTreeSet<Found> {
    let chars: Vec<char> = words.chars().filter(|c| !is_invisible(*c)).map(narrow).collect();
    let mut found = number::kinds(&chars, today);
    for (is, kind) in [
        (has_email(&chars), Found::Email),
        (has_plate(&chars), Found::Plate),
        (has_account(&chars), Found::Account),
        (name::has_name(&chars), Found::Name),
    ] {
        found.extend(is.then_some(kind));
    }
    found
}

/// The places whose plates begin with their one character.
const PLATES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
/// How many letters and digits follow the two first characters of a plate.
const PLATE_REST: std::ops::RangeInclusive<usize> = 5..=6;
/// What announces an account, and what may stand between it and the account.
const ACCOUNTS: [&str; 8] = ["微信", "VX", "WX", "QQ", "抖音", "快手", "支付宝", "旺旺"];
const AFTER_ACCOUNT: &str = "号码是为叫账户帐:： ";
/// How long an account is at least.
const ACCOUNT_LENGTH: usize = 5;

/// A character of full width as the usual one, and letters as capitals.
fn narrow(c: char) -> char {
    match c {
        '\u{3000}' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' => {
            ' '
        }
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c).to_ascii_uppercase()
        }
        c => c.to_ascii_uppercase(),
    }
}

/// Whether nobody sees a character: a number stays a number with it inside.
fn is_invisible(c: char) -> bool {
    let joiners = '\u{200B}'..='\u{200F}';
    let operators = '\u{2060}'..='\u{2064}';
    // What makes a key of a digit is among them.
    let variants = '\u{FE00}'..='\u{FE0F}';
    joiners.contains(&c)
        || operators.contains(&c)
        || variants.contains(&c)
        || matches!(c, '\u{AD}' | '\u{180E}' | '\u{20E3}' | '\u{FEFF}')
}

fn is_han(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Whether a word stands at a place.
fn stands(chars: &[char], at: usize, word: &str) -> bool {
    let mut rest = chars.get(at..).unwrap_or_default().iter();
    word.chars().all(|c| rest.next() == Some(&c))
}

fn has_email(chars: &[char]) -> bool {
    let of_name = |c: &&char| c.is_ascii_alphanumeric() || "._%+-".contains(**c);
    let mut at = chars.iter().enumerate().filter(|(_, c)| **c == '@');
    at.any(|(at, _)| {
        let before = chars[..at].iter().rev().take_while(of_name).count();
        let host: String = chars[at + 1..].iter().take_while(of_name).collect();
        let dotted = host.split_once('.').is_some_and(|(name, end)| {
            !name.is_empty() && end.len() >= 2 && end.starts_with(|c: char| c.is_ascii_alphabetic())
        });
        before > 0 && dotted
    })
}

fn has_plate(chars: &[char]) -> bool {
    chars.windows(2).enumerate().any(|(at, pair)| {
        let rest = chars[at + 2..].iter().skip_while(|c| "·.• -".contains(**c));
        let rest: Vec<&char> = rest.take_while(|c| c.is_ascii_alphanumeric()).collect();
        PLATES.contains(pair[0])
            && pair[1].is_ascii_uppercase()
            && PLATE_REST.contains(&rest.len())
            && rest.iter().any(|c| c.is_ascii_digit())
    })
}

fn has_account(chars: &[char]) -> bool {
    let of_account = |c: &&char| c.is_ascii_alphanumeric() || "_-".contains(**c);
    (0..chars.len()).any(|at| {
        let announced = ACCOUNTS.iter().find(|word| stands(chars, at, word));
        let Some(word) = announced else { return false };
        // QQ inside a longer word of letters announces nothing.
        let inside = at > 0 && chars[at].is_ascii() && chars[at - 1].is_ascii_alphanumeric();
        let rest = chars[at + word.chars().count()..].iter();
        let account = rest.skip_while(|c| AFTER_ACCOUNT.contains(**c)).take_while(of_account);
        !inside && account.count() >= ACCOUNT_LENGTH
    })
}

#[cfg(test)]
mod tests;
