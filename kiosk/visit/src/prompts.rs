//! What a terminal says aloud on each page: the words that stand there, and where to touch. It is
//! heard around: no name and no number, and nothing that tells a good rating from a bad one.

use crate::{
    devices::voice::{Utterance, Volume},
    flow::{
        Shown,
        evaluator::{Link, Post},
    },
    language::{Language, spoken},
    screen::Screen,
};

/// What is said of what is shown; nothing if the sound is off, or nobody is there.
#[must_use]
pub fn prompt(shown: &Shown) -> Option<Utterance> {
    if shown.screen.at_rest() && shown.comfort == shown.usual.comfort {
        return None;
    }
    if shown.comfort.helping {
        return utter(
            shown,
            &["请在这里稍等；没有人来，请到咨询台。\n您填的内容还在，别人看不到。"],
        );
    }
    let screen = spoken(&shown.screen, voiced(shown.comfort.language));
    utter(shown, &words(&screen, shown.post.as_ref()))
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
    if volume == Volume::Off || words.is_empty() {
        return None;
    }
    let said: Vec<String> = words.iter().map(|words| language.say(words)).collect();
    // A pause after each, also where it stands without a full stop.
    Some(Utterance { words: said.join("\n"), language, volume })
}

/// The words of an evaluator that sleeps. What keeps it from its window is for staff to read.
fn asleep(post: &Post) -> Vec<&'static str> {
    match (post.link, &post.matter) {
        (Link::Lost(_), _) => Vec::new(),
        (_, Some(_)) => vec!["评价刚才办的事"],
        (_, None) => vec!["办完了，请您评一评"],
    }
}

/// The words of a screen, each known to the languages' catalogues, or in the language already.
fn words<'a>(screen: &'a Screen, post: Option<&Post>) -> Vec<&'a str> {
    match screen {
        Screen::Attract => post.map_or_else(|| vec!["点击屏幕，开始办理"], asleep),
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
        Screen::Thanks { receipt, rated, .. } if receipt.code.is_empty() => {
            let saved = match rated.project_number.is_empty() {
                true => "您的评价已保存在本机，网络恢复后自动提交。",
                false => "您的评价已保存在本机，网络恢复后自动提交。请记下办件编号。",
            };
            vec!["谢谢您的评价", saved]
        }
        Screen::Thanks { .. } => {
            vec!["谢谢您的评价", "您的评价已保存。", "评价凭证码（请拍下或记下）"]
        }
        Screen::LookUp { problem, .. } if !problem.is_empty() => vec![problem],
        Screen::LookUp { .. } => vec!["查评价处理结果", "请输入评价凭证码，共 8 位。"],
        Screen::LookedUp { .. } => vec!["评价处理结果"],
        // There it is the window itself that they are at.
        Screen::Refused { words, .. } if post.is_some() => vec!["未能完成", words],
        Screen::Refused { words, .. } => {
            vec!["未能完成", words, "可以到窗口办理，或者点“呼叫工作人员”。"]
        }
        Screen::Closed { .. } => vec!["终端停用", "本终端停用，请到窗口办理。"],
        Screen::Stopped { words } => vec!["终端停用", words],
        // Staff read.
        Screen::Staff(_) => Vec::new(),
        Screen::Offline { .. } => vec!["网络暂时不通", "终端会自动重试。", "再试一次"],
    }
}

#[cfg(test)]
mod tests {
    use domain::case::Stage;

    use super::*;
    use crate::{
        flow::{Event, turn},
        screen::{Comfort, Usual},
        service::Page,
        window::{Lost, Matter, News},
    };

    fn said(shown: &Shown) -> Option<String> {
        prompt(shown).map(|prompt| prompt.words)
    }

    #[test]
    fn nothing_is_said_to_nobody_and_nothing_of_what_staff_read() {
        let stopped = Screen::Stopped { words: "终端检修中，请到窗口。".into() };
        let staff = Screen::Staff(Page::Pin { problem: String::new() });
        for screen in [Screen::Attract, stopped.clone(), staff] {
            assert_eq!(said(&Shown { screen, ..Shown::new() }), None);
        }
        // As it was told to begin, somebody or nobody.
        let comfort = Comfort { language: Language::English, ..Comfort::default() };
        let usual = Usual { comfort, ..Usual::default() };
        let (begins, _) = turn(Shown::new(), Event::Configured(usual));
        assert_eq!(said(&begins), None);
        let (touched, _) = turn(begins, Event::LanguageChosen(Language::Chinese));
        assert_eq!(said(&touched).unwrap(), "点击屏幕，开始办理");
        let touched = Shown { screen: stopped, ..touched };
        assert_eq!(said(&touched).unwrap(), "终端停用\n终端检修中，请到窗口。");
    }

    #[test]
    fn i19_an_evaluator_speaks_of_ratings_alone_and_not_of_its_troubles() {
        let hears = |shown, news| turn(shown, Event::Window(news)).0;
        let awake = |shown| said(&turn(shown, Event::ElderToggled).0);
        let watching = hears(Shown::at_a_window(), News::Shows(None));
        assert_eq!(said(&watching), None);
        assert_eq!(awake(watching.clone()).unwrap(), "办完了，请您评一评");
        let matter = Matter {
            token: "t".into(),
            item_name: "示例事项".into(),
            stage: Stage::Completion,
            served_at: 0,
        };
        let (asleep, _) = turn(hears(watching, News::Shows(Some(matter))), Event::Left);
        assert_eq!(awake(asleep.clone()).unwrap(), "评价刚才办的事");
        assert_eq!(awake(hears(asleep.clone(), News::Lost(Lost::Away))), None);
        let words = "评价期限已过。".to_owned();
        let refused = Screen::Refused { words, project_number: None };
        let refused = Shown { screen: refused, ..asleep };
        assert_eq!(said(&refused).unwrap(), "未能完成\n评价期限已过。");
    }
}
