//! The opt-out (退订): no more messages. It is about the phone, not about an act. Every clause of a
//! reply is searched for it: a reply can rate and opt out, and both are kept.
//!
//! A clause is an opt-out only if it is nothing else: a word for it, with polite words and words
//! for messages around it. 办理退订业务态度差 is an opinion about a service, and so is every other
//! clause with more words. 1 退订 is an opt-out, although a matter of that name might be meant: the
//! rating counts in both cases. This mistake costs one SMS that was not needed; the other one would
//! send an SMS that somebody forbade.

use super::{head, longest, separates};
use crate::level::LabelSet;

/// What a reply states about further messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    None,
    /// That none are wanted, with other content.
    Also,
    /// That none are wanted, without other content.
    Alone,
}

/// The opt-out, whatever is in the clauses around it.
const STRONG: &[&str] = &[
    "退订",
    "取消订阅",
    "取消短信",
    "TD",
    "UNSUBSCRIBE",
    "不要再发",
    "不要再给我发",
    "不要给我发",
    "不用再发",
    "别再发",
    "别再给我发",
    "别给我发",
    "停止发送",
    "不再接收",
    "不想再收",
];

/// The opt-out only if no other clause has content, since it may be about other things: 1
/// 拒收，态度差.
const WEAK: &[&str] = &["T", "STOP", "QUIT", "拒收", "拒绝接收", "不要发", "别发", "停发"];

/// Words around an opt-out that add nothing; asking how to opt out is an opt-out.
const AROUND: &[&str] = &[
    "请", "请问", "麻烦", "拜托", "帮我", "给我", "我", "要求", "申请", "要", "想", "回复", "回",
    "发送", "发", "立即", "马上", "怎么", "如何", "怎样", "可以", "能", "吗", "吧", "了", "啦",
    "啊", "到", "的", "任何", "所有", "全部", "此类", "这类", "这种", "评价", "短信", "信息",
    "消息", "通知", "提醒", "邀请", "谢谢", "多谢", "感谢", "谢", "您好", "你好", "您", "你", "们",
];

/// English words around it; whole words only, so that no other word is cut in pieces.
const ENGLISH: &[&str] = &[
    "PLEASE", "THANKS", "THANK", "YOU", "SMS", "SENDING", "IT", "ME", "ALL", "THE", "THESE",
    "THIS", "MESSAGE", "MESSAGES", "TEXTS",
];

/// What the opt-out may be about, or the rated matter: 退订业务.
const EITHER: &[&str] = &["业务", "服务", "订阅"];

/// The role of a clause.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    Strong,
    Weak,
    Around,
    Other,
}

/// Whether a folded reply opts out, and the same reply with blanks in that place.
pub(super) fn read(chars: &[char]) -> (Wish, Vec<char>) {
    let (mut strong, mut weak, mut other, mut level) = (false, false, false, false);
    let (mut begin, mut places) = (0, Vec::new());
    for clause in chars.split(|c| separates(*c)) {
        let end = begin + clause.len();
        let used = head(clause, &[LabelSet::Quality]).map_or(0, |(_, used)| used);
        // A level is no part of the opt-out behind it: 1退订.
        let from = if kind(clause) == Clause::Other { used } else { 0 };
        level |= from > 0;
        let kind = kind(&clause[from..]);
        strong |= kind == Clause::Strong;
        weak |= kind == Clause::Weak;
        other |= kind == Clause::Other;
        if matches!(kind, Clause::Strong | Clause::Weak) {
            places.push(begin + from..end);
        }
        begin = end + 1;
    }
    let mut rest = chars.to_vec();
    if !strong && (other || !weak) {
        return (Wish::None, rest);
    }
    for place in places {
        rest[place].fill(' ');
    }
    (if other || level { Wish::Also } else { Wish::Alone }, rest)
}

/// The role of a clause; an empty one adds nothing.
fn kind(clause: &[char]) -> Clause {
    let text: String = clause.iter().collect();
    if ENGLISH.contains(&text.as_str()) {
        return Clause::Around;
    }
    let (mut strong, mut weak, mut either) = (false, false, false);
    let mut rest = clause;
    while !rest.is_empty() {
        let known = [STRONG, WEAK, AROUND, EITHER].map(|words| longest(rest, words));
        let Some(length) = known.into_iter().flatten().max() else { return Clause::Other };
        strong |= known[0] == Some(length);
        weak |= known[1] == Some(length);
        either |= known[3] == Some(length);
        rest = &rest[length..];
    }
    match (strong, weak, either) {
        (true, _, false) => Clause::Strong,
        (false, false, true) => Clause::Other,
        (false, false, false) => Clause::Around,
        _ => Clause::Weak,
    }
}
