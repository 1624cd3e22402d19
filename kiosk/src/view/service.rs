//! The pages of staff in the window.

use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString};
use visit::{
    flow::Event,
    service::{Page, Report, Touch},
};

use super::model;
use crate::ui::{App, Service, ServiceLine, ServicePage};

/// How many letters and digits a registration's code has, and how many stand together.
const CODE: (usize, usize) = (16, 4);
/// How many digits a PIN has at least and at most.
const PIN: (usize, usize) = (6, 12);

/// Shows a page.
pub(super) fn show(app: &App, page: &Page) {
    let service = app.global::<Service>();
    match page {
        Page::Register { code, problem, asking } => {
            service.set_page(ServicePage::Register);
            service.set_asking(*asking);
            write(&service, code);
            service.set_problem(problem.into());
        }
        Page::Pin { problem } => {
            service.set_page(ServicePage::Pin);
            write(&service, "");
            service.set_problem(problem.into());
        }
        Page::Report { report: Report { lines, aside }, sure } => {
            service.set_page(ServicePage::Report);
            let line = |line: &visit::service::Line| ServiceLine {
                name: (&line.name).into(),
                value: (&line.value).into(),
                wrong: line.wrong,
            };
            service.set_lines(model(lines.iter().map(line)));
            service.set_aside(i32::try_from(*aside).unwrap_or(i32::MAX));
            service.set_sure(*sure);
        }
    }
}

/// Tells what is touched and typed.
pub(super) fn listen(app: &App, tell: impl Fn(Event) + Clone + 'static) {
    let service = app.global::<Service>();
    let to = move |touch| tell(Event::Staff(touch));
    let tell = to.clone();
    service.on_knock(move || tell(Touch::Knocked));
    let tell = to.clone();
    service.on_hurry(move || tell(Touch::Hurried));
    let tell = to.clone();
    service.on_again(move || tell(Touch::AgainTouched));
    let tell = to.clone();
    service.on_clear(move || tell(Touch::ClearTouched));
    let weak = app.as_weak();
    service.on_press(move |key| {
        let Some(app) = weak.upgrade() else { return };
        let service = app.global::<Service>();
        write(&service, &format!("{}{key}", service.get_typed()));
        service.set_problem(SharedString::default());
    });
    let weak = app.as_weak();
    service.on_erase(move || {
        let Some(app) = weak.upgrade() else { return };
        let service = app.global::<Service>();
        let mut typed = service.get_typed().to_string();
        typed.pop();
        write(&service, &typed);
        service.set_problem(SharedString::default());
    });
    let weak = app.as_weak();
    service.on_done(move || {
        let Some(app) = weak.upgrade() else { return };
        let service = app.global::<Service>();
        let typed = service.get_typed().to_string();
        match service.get_page() {
            _ if service.get_wanted() > 0 || service.get_asking() => {}
            ServicePage::Register => to(Touch::CodeGiven(typed)),
            ServicePage::Pin => to(Touch::PinGiven(typed)),
            ServicePage::Report => {}
        }
    });
}

/// What was typed leaves the window with the page.
pub(super) fn forget(app: &App) {
    let service = app.global::<Service>();
    service.set_asking(false);
    service.set_problem(SharedString::default());
    service.set_typed(SharedString::default());
    service.set_written(SharedString::default());
    service.set_lines(ModelRc::default());
    service.set_aside(0);
    service.set_sure(false);
}

/// Whether anything of these pages is left in the window.
pub(super) fn remembers(app: &App) -> bool {
    let service = app.global::<Service>();
    let texts = [service.get_typed(), service.get_written(), service.get_problem()];
    texts.iter().any(|text| !text.is_empty()) || service.get_lines().row_count() > 0
}

/// Writes what is typed: a code in capitals and in groups, a PIN as dots.
fn write(service: &Service<'_>, typed: &str) {
    let is_pin = service.get_page() == ServicePage::Pin;
    let (least, most) = if is_pin { PIN } else { (CODE.0, CODE.0) };
    let fits = |c: &char| if is_pin { c.is_ascii_digit() } else { c.is_ascii_alphanumeric() };
    let typed: String =
        typed.chars().filter(fits).take(most).map(|c| c.to_ascii_uppercase()).collect();
    let mut written = String::new();
    for (n, letter) in typed.chars().enumerate() {
        if !is_pin && n > 0 && n.is_multiple_of(CODE.1) {
            written.push('-');
        }
        written.push(if is_pin { '●' } else { letter });
    }
    service.set_written(written.into());
    let wanted = least.saturating_sub(typed.len());
    service.set_wanted(i32::try_from(wanted).unwrap_or(i32::MAX));
    service.set_typed(typed.into());
}
