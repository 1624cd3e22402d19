//! What a terminal says aloud on each page: the words that stand there, and where to touch. It is
//! heard around: no name and no number, and nothing that tells a good rating from a bad one.

use crate::{
    devices::voice::{Utterance, Volume},
    flow::Shown,
    language::{Language, spoken},
    screen::Screen,
};

/// What is said of what is shown; nothing if the sound is off, or nobody is there.
#[must_use]
pub fn prompt(shown: &Shown) -> Option<Utterance> {
    if *shown == Shown::new() {
        return None;
    }
    if shown.comfort.helping {
        return utter(
            shown,
            &["请在这里稍等；没有人来，请到咨询台。\n您填的内容还在，别人看不到。"],
        );
    }
    let screen = spoken(&shown.screen, voiced(shown.comfort.language));
    utter(shown, &words(&screen))
}

/// What is said when a screen asks whether someone is still there.
#[must_use]
pub fn still_there(shown: &Shown, seconds: u64, rates: bool) -> Option<Utterance> {
    let leaves = match rates {
        true => format!("{seconds} 秒后将退出，您的评价照常提交。"),
        false => format!("{seconds} 秒后将退出，已填写的内容会清除。"),
    };
    utter(shown, &["您还在吗？", &leaves])
}

/// Zhuang has no voice: its readers hear Chinese.
fn voiced(language: Language) -> Language {
    if language == Language::Zhuang { Language::Chinese } else { language }
}

fn utter(shown: &Shown, words: &[&str]) -> Option<Utterance> {
    let (language, volume) = (voiced(shown.comfort.language), shown.comfort.volume);
    if volume == Volume::Off {
        return None;
    }
    let said: Vec<String> = words.iter().map(|words| language.say(words)).collect();
    // A pause after each, also where it stands without a full stop.
    Some(Utterance { words: said.join("\n"), language, volume })
}

/// The words of a screen, each known to the languages' catalogues, or in the language already.
fn words(screen: &Screen) -> Vec<&str> {
    match screen {
        Screen::Attract => vec!["点击屏幕，开始办理"],
        Screen::Loading
        | Screen::Submitting { .. }
        | Screen::Inviting { .. }
        | Screen::LookingUp { .. }
        | Screen::Sending { .. } => vec!["请稍候"],
        Screen::Items { items } if items.is_empty() => {
            vec!["本机目前没有可办理的事项，请咨询工作人员。"]
        }
        Screen::Items { .. } => vec!["请选择要办理的事项"],
        Screen::Guide { .. } => vec!["办事指南", "开始填写"],
        Screen::Form { problems, .. } if !problems.is_empty() => {
            vec!["填写申请", "有内容需要更正，请看红色提示。"]
        }
        Screen::Form { .. } => vec!["填写申请"],
        Screen::Confirm { .. } => vec!["请核对", "确认提交", "返回修改"],
        Screen::Result { case } if case.invitation.is_some() => {
            vec!["已为您办好", "请记下编号。评价页面马上自动打开。"]
        }
        Screen::Result { .. } => {
            vec!["申请已受理", "请记下编号。办结后，终端会自动请您评价。\n不想等候，可以退出。"]
        }
        Screen::Faces { choices, .. } => {
            let mut words = vec!["您对这次办理满意吗？", "点一张脸就行，下一步可以说原因。"];
            words.extend(choices.levels.iter().map(|choice| choice.label.as_str()));
            words.push("评不评、评哪一级，都由您决定；工作人员不能代您评价。");
            words
        }
        Screen::Reasons(_) => vec!["请说说原因", "请不要写姓名、电话和证件号码。", "提交评价"],
        Screen::Question { given, at } => {
            let question = given.choices.questions.get(*at);
            question.map(|question| vec![question.text.as_str(), "跳过"]).unwrap_or_default()
        }
        Screen::Thanks { receipt, .. } if receipt.code.is_empty() => {
            vec!["谢谢您的评价", "您的评价已保存在本机，网络恢复后自动提交。请记下办件编号。"]
        }
        Screen::Thanks { .. } => {
            vec!["谢谢您的评价", "您的评价已保存。", "评价凭证码（请拍下或记下）"]
        }
        Screen::LookUp { problem, .. } if !problem.is_empty() => vec![problem],
        Screen::LookUp { .. } => vec!["查评价处理结果", "请输入评价凭证码，共 8 位。"],
        Screen::LookedUp { .. } => vec!["评价处理结果"],
        Screen::Refused { words, .. } => {
            vec!["未能完成", words, "可以到窗口办理，或者点“呼叫工作人员”。"]
        }
        Screen::Closed { .. } => vec!["终端停用", "本终端停用，请到窗口办理。"],
        Screen::Offline { .. } => vec!["网络暂时不通", "终端会自动重试。", "再试一次"],
    }
}
