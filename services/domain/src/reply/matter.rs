//! Which matter a reply is about, if its phone was invited to rate several (I08). A number of two
//! digits or more before the level is the *sign* (代码) of one, as written in the messages. A reply
//! without one is for the only matter it can be about. If there are more, nothing is guessed: the
//! person is asked.

use super::{considered, folded, parse, separates, skipped, starts};
use crate::level::LabelSet;

/// The first sign that a phone gets: of two digits, so that no sign is ever read as a level.
pub const FIRST_SIGN: u32 = 10;

/// A service act that a reply may be about: its phone was invited to rate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Its sign, once the phone got it.
    pub sign: Option<u32>,
    /// Whether it can still be rated.
    pub window: Window,
    /// Whether it was rated.
    pub rated: bool,
}

/// Whether a matter can still be rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// It can.
    Open,
    /// No more, but it could when the phone was already asked about another one: a reply without
    /// sign may mean it.
    JustClosed,
    /// No more; only a reply with its sign can mean it.
    Closed,
}

/// What a reply is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatterChoice {
    /// A matter, by its place, and the words about it.
    Matter(usize, String),
    /// One of several; it is unclear which.
    OneOfSeveral,
}

/// Which of these matters a reply is about; there must be at least one.
///
/// ```
/// use domain::reply::{Matter, MatterChoice, Window, meant};
/// let matter = |sign| Matter { sign: Some(sign), window: Window::Open, rated: false };
/// let both = [matter(10), matter(11)];
/// assert_eq!(meant("11 1 态度差", &both), MatterChoice::Matter(1, "1 态度差".to_owned()));
/// assert_eq!(meant("1 态度差", &both), MatterChoice::OneOfSeveral);
/// assert_eq!(meant("1 态度差", &both[..1]), MatterChoice::Matter(0, "1 态度差".to_owned()));
/// ```
#[must_use]
pub fn meant(text: &str, matters: &[Matter]) -> MatterChoice {
    let known = |sign| matters.iter().position(|matter| matter.sign == Some(sign));
    let signed = |(sign, rest)| Some((known(sign)?, rest));
    let mut signed = signs(text).into_iter().filter_map(signed);
    match (signed.next(), signed.next()) {
        (Some((n, rest)), None) => return MatterChoice::Matter(n, rest),
        // By one reading only, 105 4 names a level; by the other, 105 alone does, and may be half a
        // reply.
        (Some((n, rest)), Some((_, other))) => {
            return match says_level(&rest) && !says_level(&other) {
                true => MatterChoice::Matter(n, rest),
                false => MatterChoice::OneOfSeveral,
            };
        }
        (None, _) => {}
    }
    let whole = |n| MatterChoice::Matter(n, text.to_owned());
    let bare = || matters.iter().enumerate().filter(|(_, m)| m.window != Window::Closed);
    let mut waiting = bare().filter(|(_, matter)| !matter.rated);
    match (bare().count(), waiting.next(), waiting.next()) {
        (1, ..) => bare().next().map_or(MatterChoice::OneOfSeveral, |(n, _)| whole(n)),
        // A matter without a rating waits for an answer. A rated one is rated again only by its
        // sign: otherwise an answer meant for another matter would supersede it.
        (_, Some((n, Matter { window: Window::Open, .. })), None) => whole(n),
        _ => MatterChoice::OneOfSeveral,
    }
}

/// Whether a text is a rating under any labels.
fn says_level(text: &str) -> bool {
    parse(text, &[LabelSet::Quality]).is_ok()
}

/// Whether a reply begins with a sign.
#[must_use]
pub fn begins_with(text: &str, sign: u32) -> bool {
    signs(text).iter().any(|(said, _)| *said == sign)
}

/// The signs that a reply may begin with, each with the rest: for 105 both 10, and 105 without
/// words. People will not always write the space they were asked for.
fn signs(text: &str) -> Vec<(u32, String)> {
    let written = considered(text);
    let folded = folded(&written);
    let mut begin = skipped(&folded);
    if let Some(length) = starts(&folded[begin..], "代码") {
        begin += length + skipped(&folded[begin + length..]);
    }
    let digits = folded[begin..].iter().take_while(|c| c.is_ascii_digit()).count();
    let end = begin + digits;
    let sign = |end: usize| -> Option<(u32, String)> {
        let number: String = folded[begin..end].iter().collect();
        let rest: String = written[end..].iter().collect();
        let sign = number.parse().ok().filter(|sign| *sign >= FIRST_SIGN)?;
        Some((sign, rest.trim_start().to_owned()))
    };
    let apart = folded.get(end).is_none_or(|c| separates(*c));
    let mut signs = Vec::new();
    if apart {
        signs.extend(sign(end));
    }
    if digits > 2 {
        signs.extend(sign(end - 1));
    }
    signs
}
