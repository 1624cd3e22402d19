//! What a reply to an SMS or a key of the hotline means (I08). The messages explain: 5 is 非常满意,
//! 1 is 非常不满意. A level is read at the start of a reply, and only if nothing there contradicts
//! it. A reply that is not understood leads to a new question, but a wrong level would stay on
//! record for good.

mod matter;
mod wish;

use crate::{
    level::{LabelSet, Level},
    profile::{Profile, SYSTEM_LAYER},
    rating::MAX_TEXT_CHARS,
    violation::plain_text,
};

pub use matter::{FIRST_SIGN, Matter, MatterChoice, Window, begins_with, meant};
pub use wish::Wish;

/// A reply that is a rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The level.
    pub level: Level,
    /// What the rater wrote beside it; often nothing.
    pub text: String,
}

/// A reply that is no rating.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    /// 退订: no further messages are wanted, and nothing else is in it.
    #[error("asks for no further messages")]
    Unsubscribe,
    /// It holds control characters or bidirectional overrides.
    #[error("holds a hidden character")]
    Hidden,
    /// It names no level, or more than one, or takes back the level.
    #[error("names no level, or more than one")]
    Unclear,
}

/// The words for each level; a word counts only as a whole.
const WORDS: [(Level, &[&str]); 5] = [
    (
        Level::VerySatisfied,
        &[
            "非常满意",
            "十分满意",
            "特别满意",
            "很满意",
            "最满意",
            "超级满意",
            "很好",
            "非常好",
            "特别好",
            "十分好",
        ],
    ),
    (Level::Satisfied, &["满意", "比较满意", "较满意", "挺满意", "比较好", "较好", "挺好"]),
    (Level::BasicallySatisfied, &["基本满意", "一般", "一般般", "一般满意", "还行", "还可以"]),
    (
        Level::Dissatisfied,
        &[
            "不满意",
            "不满",
            "不太满意",
            "不大满意",
            "不很满意",
            "不怎么满意",
            "不够满意",
            "不是很满意",
            "不好",
            "不太好",
            "不怎么好",
            "不是很好",
            "差",
            "较差",
            "比较差",
        ],
    ),
    (
        Level::VeryDissatisfied,
        &[
            "非常不满意",
            "很不满意",
            "十分不满意",
            "特别不满意",
            "极不满意",
            "极其不满意",
            "完全不满意",
            "一点都不满意",
            "一点也不满意",
            "非常不满",
            "很不满",
            "很不好",
            "非常不好",
            "很差",
            "非常差",
            "特别差",
            "十分差",
            "太差",
            "极差",
            "最差",
        ],
    ),
];

/// People also write 好 to confirm that they have read, so it is a level only where it can be a
/// label.
const GOOD: &str = "好";

/// Words before a level that add nothing to it.
const LEAD_INS: [&str; 24] = [
    "满意度",
    "评价",
    "评分",
    "打分",
    "评",
    "打",
    "给",
    "选择",
    "选项",
    "选",
    "回复",
    "回答",
    "回",
    "答案",
    "答",
    "我",
    "觉得",
    "感觉",
    "的",
    "是",
    "为",
    "总体",
    "整体",
    "服务",
];

/// What may follow a number.
const UNITS: [&str; 5] = ["颗星", "星级", "星", "分", "级"];

/// What the digit before it counts or dates, with a space or without: 3次, 5月, 2 个小时.
const COUNTED: &str = "年月日号點点个個次天小";

/// The same, but only right after the digit.
const COUNTED_CLOSE: &str = "人楼元块周时秒度折倍成遍趟名位件回條条张页家万千百十几多";

/// What joins two numbers into a choice or a range.
const CONNECTORS: [&str; 7] = ["或者", "或", "还是", "到", "至", "和", "跟"];

/// Endings that do not change a word's meaning.
const PARTICLES: &str = "了的啊呀哦哈";

/// Words with a negating character that are no negations.
const NO_NEGATION: [&str; 3] = ["非常", "特别", "不错"];

const NEGATIONS: &str = "不没無无未勿非别";

/// The label sets whose words are levels in a reply: the profile's, or both sets of
/// 国办发〔2019〕51号 三（一） if no document chose one.
#[must_use]
pub fn labels_understood(profile: &Profile) -> &'static [LabelSet] {
    match (profile.label_set.layer == SYSTEM_LAYER, profile.label_set.value) {
        (true, _) => &[LabelSet::Satisfaction, LabelSet::Quality],
        (false, LabelSet::Satisfaction) => &[LabelSet::Satisfaction],
        (false, LabelSet::Quality) => &[LabelSet::Quality],
        (false, LabelSet::Stars) => &[LabelSet::Stars],
    }
}

/// Reads a reply; of a long one the first 500 characters.
///
/// ```
/// use domain::{level::{LabelSet, Level}, reply::parse};
/// let labels = [LabelSet::Satisfaction];
/// let reply = parse("１ 态度差", &labels).unwrap();
/// assert_eq!((reply.level, reply.text.as_str()), (Level::VeryDissatisfied, "态度差"));
/// assert!(parse("1或2", &labels).is_err());
/// ```
///
/// # Errors
/// [`NotUnderstood`].
pub fn parse(text: &str, labels: &[LabelSet]) -> Result<Reply, NotUnderstood> {
    let written = considered(text);
    let considered: String = written.iter().collect();
    plain_text(&considered, MAX_TEXT_CHARS).map_err(|_| NotUnderstood::Hidden)?;
    let (wish, said) = wish::read(&folded(&written));
    if wish == Wish::Alone {
        return Err(NotUnderstood::Unsubscribe);
    }
    let (level, used) = head(&said, labels).ok_or(NotUnderstood::Unclear)?;
    let rest = &said[used..];
    if contradicts(rest, level, labels) || (!level.is_negative() && negates(&said)) {
        return Err(NotUnderstood::Unclear);
    }
    // The opt-out stays a part of the words: no text is lost.
    let own: String = written[used..].iter().collect();
    let says_more = clauses(rest).any(|clause| whole(clause, labels) != Some(level));
    let wished = wish == Wish::Also && *rest != folded(&written)[used..];
    let own = own.trim_matches(|c: char| c.is_whitespace() || ",，。.：:；;、-—～~".contains(c));
    let text = if says_more || wished { own.to_owned() } else { String::new() };
    Ok(Reply { level, text })
}

/// What a reply states about further messages: checked before any act, since it is about the
/// phone.
///
/// ```
/// use domain::reply::{Wish, wish};
/// assert_eq!(wish("请退订，谢谢"), Wish::Alone);
/// assert_eq!(wish("1 态度差，退订"), Wish::Also);
/// assert_eq!(wish("1 办理退订业务态度差"), Wish::None);
/// ```
#[must_use]
pub fn wish(text: &str) -> Wish {
    wish::read(&folded(&considered(text))).0
}

/// The content of a reply.
fn considered(text: &str) -> Vec<char> {
    text.trim().chars().take(MAX_TEXT_CHARS).collect()
}

fn folded(written: &[char]) -> Vec<char> {
    written.iter().copied().map(fold).collect()
}

/// Full-width forms as ASCII, letters as capitals: one character for one.
fn fold(c: char) -> char {
    let narrow = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    narrow.to_ascii_uppercase()
}

fn separates(c: char) -> bool {
    c.is_whitespace()
        || c.is_ascii_punctuation()
        || matches!(c, '\u{3001}'..='\u{301F}' | '\u{2010}'..='\u{201F}' | '…' | '·' | '～')
}

/// How many characters at the head are `word`.
fn starts(chars: &[char], word: &str) -> Option<usize> {
    let length = word.chars().count();
    let same = chars.len() >= length && word.chars().eq(chars[..length].iter().copied());
    same.then_some(length)
}

/// The longest of some words at the head.
fn longest(chars: &[char], words: &[&str]) -> Option<usize> {
    words.iter().filter_map(|word| starts(chars, word)).max()
}

/// Whether a word can end here.
fn ends(chars: &[char]) -> bool {
    chars.first().is_none_or(|c| !c.is_alphanumeric())
}

fn clauses(chars: &[char]) -> impl Iterator<Item = &[char]> {
    chars.split(|c| separates(*c)).filter(|clause| !clause.is_empty())
}

/// How much of the head adds nothing.
fn skipped(chars: &[char]) -> usize {
    let mut used = 0;
    loop {
        used += chars[used..].iter().take_while(|c| separates(**c)).count();
        match longest(&chars[used..], &LEAD_INS) {
            Some(length) => used += length,
            None => return used,
        }
    }
}

/// The level at the head and its length.
fn head(chars: &[char], labels: &[LabelSet]) -> Option<(Level, usize)> {
    let skipped = skipped(chars);
    let rest = &chars[skipped..];
    let (level, length) = number(rest).or_else(|| word(rest, labels))?;
    Some((level, skipped + length))
}

/// The level of a clause, if the clause is nothing else.
fn whole(clause: &[char], labels: &[LabelSet]) -> Option<Level> {
    head(clause, labels).filter(|(_, used)| *used == clause.len()).map(|(level, _)| level)
}

/// A number as written, and whether in digits; words may follow digits without a space.
fn numeral(c: char) -> Option<(u32, bool)> {
    const FIGURES: [&str; 5] = ["1①⑴⒈❶", "2②⑵⒉❷", "3③⑶⒊❸", "4④⑷⒋❹", "5⑤⑸⒌❺"];
    const WORDS: [&str; 5] = ["一壹", "二贰貳两", "三叁叄", "四肆", "五伍"];
    let within = |forms: [&'static str; 5]| (1..).zip(forms).find(|(_, forms)| forms.contains(c));
    let figure = within(FIGURES).map(|(n, _)| (n, true));
    figure.or_else(|| within(WORDS).map(|(n, _)| (n, false)))
}

/// A number and its unit at the head.
fn number(chars: &[char]) -> Option<(Level, usize)> {
    let first = *chars.first()?;
    let (n, figure) = numeral(first)?;
    let level = Level::ALL.into_iter().find(|level| u32::from(level.stars()) == n)?;
    // A keycap (5️⃣) is a digit with two marks.
    let marks = chars[1..].iter().take_while(|c| matches!(c, '\u{FE0F}' | '\u{20E3}')).count();
    let used = 1 + marks;
    let spaces = chars[used..].iter().take_while(|c| c.is_whitespace()).count();
    if let Some(unit) = longest(&chars[used + spaces..], &UNITS) {
        let end = used + spaces + unit;
        if ends(&chars[end..]) {
            return Some((level, end));
        }
        let opinion = if level.is_negative() { "差评" } else { "好评" };
        // Not 5分钟, 一星期, 一级棒.
        let praised = starts(&chars[end..], opinion).filter(|n| ends(&chars[end + n..]));
        return praised.map(|length| (level, end + length));
    }
    if chars.get(used + spaces).is_some_and(|next| COUNTED.contains(*next)) {
        return None;
    }
    let stands = match chars.get(used) {
        _ if first == '两' => false,
        None => true,
        Some('%' | '‰') => false,
        Some('.' | '/' | '-' | '~' | ':' | '—' | '–') => {
            chars.get(used + 1).is_none_or(|next| !next.is_numeric())
        }
        Some(next) if !next.is_alphanumeric() => true,
        Some(next) => {
            let other = next.is_ascii_alphanumeric() || next.is_numeric();
            let joined = CONNECTORS.iter().any(|word| starts(&chars[used..], word).is_some());
            figure
                && !other
                && !joined
                && numeral(*next).is_none()
                && !COUNTED_CLOSE.contains(*next)
        }
    };
    stands.then_some((level, used))
}

/// A word for a level at the head.
fn word(chars: &[char], labels: &[LabelSet]) -> Option<(Level, usize)> {
    if labels.contains(&LabelSet::Quality) && starts(chars, GOOD).is_some_and(|n| ends(&chars[n..]))
    {
        return Some((Level::Satisfied, 1));
    }
    let known = WORDS.iter().filter_map(|(level, words)| Some((*level, longest(chars, words)?)));
    let (level, length) = known.max_by_key(|(_, length)| *length)?;
    let particles = chars[length..].iter().take_while(|c| PARTICLES.contains(**c)).count();
    let used = length + particles;
    ends(&chars[used..]).then_some((level, used))
}

/// Whether another level follows a level: right after it any level, further on one in words and on
/// the other side, since a number there may count anything.
fn contradicts(rest: &[char], level: Level, labels: &[LabelSet]) -> bool {
    let start = rest.iter().take_while(|c| separates(**c)).count();
    if let Some(joined) = longest(&rest[start..], &CONNECTORS)
        && head(&rest[start + joined..], labels).is_some()
    {
        return true;
    }
    let opposite = |other: Level| other.is_negative() != level.is_negative();
    let mut clauses = clauses(rest);
    let next = clauses.next().is_some_and(|clause| {
        // After a lead-in, words of the same side are an opinion about something: 1 服务差.
        let own = number(&clause[skipped(clause)..]).is_some() || skipped(clause) == 0;
        head(clause, labels).is_some_and(|(other, _)| other != level && (own || opposite(other)))
    });
    next || clauses.any(|clause| {
        let figure = clause.iter().any(|c| numeral(*c).is_some());
        !figure && whole(clause, labels).is_some_and(opposite)
    })
}

/// Whether a reply has a negation anywhere.
fn negates(chars: &[char]) -> bool {
    let text: String = chars.iter().collect();
    let text = NO_NEGATION.iter().fold(text, |text, word| text.replace(word, " "));
    text.contains(|c| NEGATIONS.contains(c))
}
