//! What a visitor takes along on paper (凭条): the number of a case and its promised day, or the code
//! of a rating. No person stands on it, and no level: whoever finds it in the tray learns nothing of
//! either. It is printed in Chinese, whose words bind and whose letters a printer has.

use crate::{
    content::{Case, Rated, Receipt},
    screen::Screen,
    service::{Page, Report},
};

/// A slip, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slip {
    /// What it is.
    pub title: String,
    /// What it says: a name and its value.
    pub rows: Vec<(String, String)>,
    /// What its QR code holds; empty: it has none.
    pub code: String,
    /// What can be done with it.
    pub note: String,
}

impl Slip {
    /// The slip that a screen offers; none if there is nothing to take along.
    #[must_use]
    pub fn of(screen: &Screen) -> Option<Self> {
        match screen {
            Screen::Result { case } => Some(accepted(case)),
            // At a window there is no number, and so nothing before the code.
            Screen::Thanks { receipt, rated, .. }
                if !receipt.code.is_empty() || !rated.project_number.is_empty() =>
            {
                Some(thanked(receipt, rated))
            }
            Screen::Staff(Page::Report { report, .. }) => Some(tried(report)),
            _ => None,
        }
    }
}

/// What staff try a printer with: how the terminal is, as they see it on the screen.
fn tried(report: &Report) -> Slip {
    let rows: Vec<_> = report.lines.iter().map(|line| row(&line.name, &line.value)).collect();
    Slip {
        title: "打印测试".to_owned(),
        code: rows.first().map(|(_, terminal)| terminal.clone()).unwrap_or_default(),
        rows,
        note: "文字和二维码清楚，打印机即可使用。".to_owned(),
    }
}

fn accepted(case: &Case) -> Slip {
    let Case { item_name, project_number, promised, invitation, .. } = case;
    let mut rows = vec![row("办理事项", item_name), row("办件编号", project_number)];
    match promised {
        _ if invitation.is_some() => rows.push(row("办理情况", "已为您办好")),
        Some((on, true)) => rows.push(row("最晚办结日期（暂定）", on)),
        Some((on, false)) => rows.push(row("最晚办结日期", on)),
        None => {}
    }
    Slip {
        title: "办件凭条".to_owned(),
        rows,
        code: String::new(),
        note: "凭办件编号可查询办理进度。".to_owned(),
    }
}

fn thanked(receipt: &Receipt, rated: &Rated) -> Slip {
    let title = "评价凭条".to_owned();
    let mut rows = Vec::new();
    if !rated.project_number.is_empty() {
        rows.push(row("办件编号", &rated.project_number));
    }
    if receipt.code.is_empty() {
        let note = "评价已保存在终端，网络恢复后自动提交。".to_owned();
        return Slip { title, rows, code: String::new(), note };
    }
    rows.push(row("评价凭证码", &receipt.code));
    if !receipt.look_up.is_empty() {
        rows.push(row("查询网址", &receipt.look_up));
    }
    let note = "凭评价凭证码可查询处理结果，请保管好。".to_owned();
    Slip { title, rows, code: receipt.leads_to(), note }
}

fn row(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use domain::level::Level;

    use super::*;
    use crate::{content::opinion::Answering, service::Line};

    fn thanks(code: &str) -> Screen {
        Screen::Thanks {
            receipt: Receipt {
                rating_id: "r".into(),
                code: code.into(),
                look_up: "https://example.gov.cn/my".into(),
                received_at: None,
            },
            rated: Rated {
                project_number: "652301".into(),
                level: Level::VeryDissatisfied,
                label: "非常不满意".into(),
                agency_name: "示例单位".into(),
            },
            answering: Answering::default(),
        }
    }

    #[test]
    fn i20_a_ratings_slip_has_its_code_and_not_its_level() {
        let slip = Slip::of(&thanks("K7QM-2XHD")).unwrap();
        assert!(slip.rows.contains(&row("评价凭证码", "K7QM-2XHD")));
        assert_eq!(slip.code, "https://example.gov.cn/my#K7QM-2XHD");
        assert!(!format!("{slip:?}").contains("满意"), "the tray is not private");
    }

    #[test]
    fn a_printer_is_tried_with_what_staff_see_of_the_terminal() {
        let line = |name: &str, value: &str| Line {
            name: name.to_owned(),
            value: value.to_owned(),
            wrong: false,
        };
        let lines = vec![line("终端", "652301-t01"), line("时钟", "准")];
        let page = Page::Report { report: Report { lines, aside: 0 }, sure: false };
        let slip = Slip::of(&Screen::Staff(page)).unwrap();
        assert_eq!((slip.title.as_str(), slip.code.as_str()), ("打印测试", "652301-t01"));
        assert_eq!(slip.rows, [row("终端", "652301-t01"), row("时钟", "准")]);
        let pin = Screen::Staff(Page::Pin { problem: String::new() });
        assert_eq!(Slip::of(&pin), None, "who does not know the PIN tries none");
    }

    #[test]
    fn a_rating_that_waits_on_the_terminal_has_a_slip_without_a_code() {
        let slip = Slip::of(&thanks("")).unwrap();
        assert_eq!(slip.rows, [row("办件编号", "652301")]);
        assert!(slip.code.is_empty());
    }

    #[test]
    fn at_a_window_there_is_a_slip_for_a_code_alone() {
        let at_a_window = |code: &str| {
            let mut screen = thanks(code);
            if let Screen::Thanks { rated, .. } = &mut screen {
                rated.project_number.clear();
            }
            Slip::of(&screen)
        };
        let slip = at_a_window("K7QM-2XHD").unwrap();
        assert!(slip.rows.iter().all(|(name, _)| name != "办件编号"));
        assert_eq!(at_a_window(""), None, "there is nothing to take along");
    }

    #[test]
    fn a_cases_slip_says_when_or_that_it_is_done() {
        let case = Case {
            item_name: "示例事项".into(),
            project_number: "652301".into(),
            promised: Some(("2026-11-30".into(), true)),
            ..Case::default()
        };
        let slip = Slip::of(&Screen::Result { case: case.clone() }).unwrap();
        assert!(slip.rows.contains(&row("最晚办结日期（暂定）", "2026-11-30")));
        let done = Case { invitation: Some("token".into()), ..case };
        let slip = Slip::of(&Screen::Result { case: done }).unwrap();
        assert!(slip.rows.contains(&row("办理情况", "已为您办好")));
        assert!(!format!("{slip:?}").contains("token"), "it is a right, and no receipt");
        assert_eq!(Slip::of(&Screen::Attract), None);
    }
}
