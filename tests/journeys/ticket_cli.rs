//! The whole loop worked from a terminal, with the real program against a running server.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use e2e::{
    citizens::{Citizens, rating},
    deployment::Deployment,
    until,
};
use jiff::ToSpan as _;
use pingyi::roles::Role;
use platform::{audit, clock::Clock};
use proto::r#type::v1::Level;
use serde_json::Value;

use crate::binary::PINGYI;

const AGENCY: &str = "652301-a03";
const OTHER: &str = "652301-a04";

/// A desk with a terminal: whose it is says the token.
struct Desk {
    folder: PathBuf,
    server: String,
    token: PathBuf,
}

impl Desk {
    fn new(folder: &Path, server: &str, name: &str, token: &str) -> Self {
        let file = folder.join(format!("{name}.token"));
        fs::write(&file, token).unwrap();
        Self { folder: folder.to_owned(), server: server.to_owned(), token: file }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        tokio::task::block_in_place(|| {
            let mut command = Command::new(PINGYI);
            command
                .arg("ticket")
                .args(arguments)
                .current_dir(&self.folder)
                .env("PINGYI_ENDPOINT", &self.server)
                .env("PINGYI_TOKEN_FILE", &self.token)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            // Who reads nothing may have ended.
            let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
            child.wait_with_output().unwrap()
        })
    }

    /// What a command says that must succeed.
    fn does(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(0), "{arguments:?}: {told}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let told = self.does(&[arguments, &["--json"]].concat());
        serde_json::from_str(&told).unwrap_or_else(|why| panic!("{why}: {told}"))
    }

    /// A step that must succeed and bring the ticket to this state.
    fn step(&self, step: &str, ticket: &str, arguments: &[&str], state: &str) {
        let told = self.does(&[&[step, ticket], arguments].concat());
        assert!(told.contains(&format!("现为“{state}”")), "{step}: {told}");
    }

    /// What a command is refused with.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let done = self.run(arguments);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(code), "{arguments:?}: {told}");
        told
    }
}

/// The desks of an agency, of another one and of the Authority, and two tickets of the first.
async fn desks(deployment: &Deployment, folder: &Path) -> ([Desk; 3], [String; 2]) {
    let server = deployment.address(Role::Ticketing);
    let tokens = &deployment.tokens;
    let agency = Desk::new(folder, &server, "agency", &tokens.handler(AGENCY).unwrap());
    let other = Desk::new(folder, &server, "other", &tokens.handler(OTHER).unwrap());
    let authority = Desk::new(folder, &server, "authority", &tokens.authority().unwrap());
    let citizens = Citizens::of(deployment).await;
    for _ in 0..2 {
        let token = citizens.invitation().await;
        citizens.rate(rating(&token, Level::VeryDissatisfied)).await.unwrap();
    }
    let mut ids = Vec::new();
    until("both ratings have their tickets", async || {
        let listed = agency.json(&["list", "--unassigned"]);
        let tickets = listed["tickets"].as_array().cloned().unwrap_or_default();
        ids = tickets.iter().map(|of| of["ticketId"].as_str().unwrap().to_owned()).collect();
        ids.len() == 2
    })
    .await;
    ([agency, other, authority], ids.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_t14_the_whole_loop_is_worked_from_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = Deployment::embedded().await;
    let ([agency, other, authority], [id, second]) = desks(&deployment, folder.path()).await;
    let id = id.as_str();

    let list = agency.does(&["list"]);
    assert!(list.contains("工单编号") && list.contains(id) && list.contains("待指派"), "{list}");
    assert!(!other.does(&["list"]).contains(id), "of another agency");
    assert!(!agency.does(&["list", "--overdue"]).contains(id));
    assert!(!agency.does(&["list", "--mine"]).contains(id));

    authority.step("urge", id, &["--note", "示例：请尽快办理"], "待指派");
    let note = "示例：请协办";
    let dispatch = ["--agency", AGENCY, "--with", OTHER, "--note", note];
    authority.step("dispatch", id, &dispatch, "待指派");
    agency.step("assign", id, &["652301-s11"], "已指派");
    agency.step("take-over", id, &[], "已指派");
    assert!(agency.does(&["list", "--mine", "--state", "assigned"]).contains(id));
    let contact = ["--by", "phone", "--reached", "--note", "-"];
    let told =
        agency.run_with(&[&["contact", id], &contact[..]].concat(), "示例第一行\n示例第二行\n");
    assert!(told.status.success(), "{told:?}");
    let plan_day = domain::deadline::day_of(Clock::System.now()).checked_add(14.days()).unwrap();
    let plan_day = plan_day.to_string();
    let complex = ["--finding", "complex", "--reason", "示例：情况复杂", "--plan", "示例计划"];
    let complex = [&complex[..], &["--carry-out-by", plan_day.as_str()]].concat();
    agency.step("verify", id, &complex, "已核实");
    let solution = ["--by", "online", "--summary", "示例：解决办法"];
    agency.step("feed-back-solution", id, &solution, "已反馈解决办法");
    let measures = ["--measures", "示例措施", "--evidence", "示例佐证"];
    agency.step("rectify", id, &measures, "已整改");
    other.step("answer-part", id, &["--answer", "示例：已协办"], "已整改");
    let result = ["--by", "online", "--summary", "示例：已告知结果"];
    agency.step("feed-back", id, &result, "已反馈");
    agency.step("report", id, &["--summary", "示例：办理结果"], "已报送");
    authority.step("return", id, &["--reason", "示例：佐证不足"], "已回访核实");
    agency.step("verify", id, &["--finding", "clear", "--reason", "示例：情况清楚"], "已核实");
    agency.step("correct", id, &["--step", "7", "--words", "示例：更正措施"], "已核实");
    agency.step("rectify", id, &measures, "已整改");
    agency.step("feed-back", id, &result, "已反馈");
    agency.step("report", id, &["--summary", "示例：办理结果"], "已报送");
    authority.step("accept", id, &["--opinion", "示例：同意"], "审核通过");
    agency.step("close", id, &[], "已办结");
    let missed = ["--by", "phone", "--not-reached", "--note", "示例：未接听"];
    authority.step("follow-up", id, &missed, "已办结");
    let satisfied = ["--by", "phone", "--satisfied", "--note", "示例：满意"];
    authority.step("follow-up", id, &satisfied, "已确认");

    let shown = agency.does(&["show", id]);
    for part in [
        "状态      已确认",
        "昌吉市示例人力资源和社会保障局（652301-a03）",
        "昌吉市示例市场监督管理局（652301-a04） 已答复",
        "反馈（情况清楚的）  截止 ",
        "当日不计",
        "依据 ",
        "步骤（共 21 步）",
        "情况：示例第一行\n   示例第二行",
        "更正步骤：7\n   更正为：示例：更正措施",
        "officer-of-652301-a04  协办答复",
        "登记回访\n   结果：满意",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no colours where nobody sees them");
    let json = agency.json(&["show", id]);
    assert_eq!(json["state"], "TICKET_STATE_CONFIRMED");
    assert_eq!(json["steps"].as_array().unwrap().len(), 21);
    assert!(!json["deadlines"][0]["derivation"].as_array().unwrap().is_empty());

    // Beside the way: handed over and taken out again, and a notice from above.
    let notice = ["notice", "--number", "示例-1", "--agency", AGENCY, "--summary", "示例通报"];
    let notice = authority.json(&notice)["ticketId"].as_str().unwrap().to_owned();
    let link = ["--main", notice.as_str(), "--reason", "示例：同一事项"];
    agency.step("link", &second, &link, "已并案");
    agency.step("unlink", &second, &["--reason", "示例：另一事项"], "待指派");
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_a_refusal_is_told_in_chinese_with_its_reason_and_a_request_is_repeated_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let deployment = Deployment::embedded().await;
    let ([agency, other, authority], [id, _]) = desks(&deployment, folder.path()).await;
    let id = id.as_str();

    let told = agency.refused(&["close", id], 1);
    assert!(told.contains("工单状态为“待指派”，不能办结"), "{told}");
    assert!(told.contains("TICKET_STATE_REFUSES"), "{told}");
    assert!(other.refused(&["show", id], 1).contains("没有该工单。 (TICKET_NOT_FOUND"));
    let told = agency.refused(&["accept", id], 1);
    assert!(told.contains("ANOTHER_OFFICES_STEP"), "{told}");
    // Neither is a step of this region's document.
    let extension = ["extend", id, "--new-day", "2027-03-01", "--late-reason", "示例"];
    assert!(agency.refused(&extension, 1).contains("TICKET_STATE_REFUSES"));
    let decision = ["decide-exclusion", id, "--uphold", "--opinion", "示例"];
    assert!(authority.refused(&decision, 1).contains("TICKET_STATE_REFUSES"));

    for wrong in [
        &["contact", id, "--by", "phone"][..],
        &["contact", id, "--by", "pigeon", "--reached"],
        &["verify", id, "--reason", "示例"],
        &["list", "--overdue", "--soon"],
        &["list", "--state", "nowhere"],
        &["rectify", id, "--measures", "-", "--evidence", "-"],
        &["nothing", id],
    ] {
        agency.refused(wrong, 2);
    }

    let done = agency.run(&["assign", id, "652301-s11"]);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    let request_id = told.lines().find_map(|line| line.strip_prefix("请求编号 ")).unwrap();
    let first = String::from_utf8_lossy(&done.stdout).into_owned();
    let again = agency.does(&["assign", id, "652301-s11", "--request-id", request_id]);
    assert_eq!(again, first);
    assert!(again.contains("第 1 步“指派”已登记"), "{again}");
    let another = ["take-over", id, "--request-id", request_id];
    assert!(agency.does(&another).contains("第 2 步"), "the id counts per RPC");
    let changed = ["assign", id, "652301-s12", "--request-id", request_id];
    assert!(agency.refused(&changed, 1).contains("REQUEST_ID_REUSED"));

    let away = Desk { server: "http://127.0.0.1:9".to_owned(), ..agency };
    assert!(away.refused(&["list"], 1).contains("does not answer"));
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_the_ledger_is_fetched_from_a_terminal_and_its_export_is_on_the_audit_chain() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let deployment = Deployment::embedded().await;
    let ([agency, other, authority], [id, second]) = desks(&deployment, folder.path()).await;
    agency.step("assign", &id, &["652301-s11"], "已指派");
    let told = agency.does(&["export", "--format", "csv", "-o", "ledger.csv"]);
    assert_eq!(told, "已导出工单 2 件，步骤 0 步\n");
    let tickets = fs::read_to_string(folder.path().join("ledger.csv")).unwrap();
    assert!(tickets.starts_with("\u{feff}工单编号,开始时间,状态,"), "{tickets}");
    assert!(tickets.contains(&id) && tickets.contains(&second));
    let mode = fs::metadata(folder.path().join("ledger.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    authority.does(&["export", "--format", "csv", "--steps", "-o", "steps.csv"]);
    let steps = fs::read_to_string(folder.path().join("steps.csv")).unwrap();
    assert!(steps.contains(&format!("{id},1,")) && steps.contains("指派"), "{steps}");
    let told = authority.does(&["export", "--state", "assigned", "-o", "ledger.xlsx"]);
    assert_eq!(told, "已导出工单 1 件，步骤 1 步\n");
    let book = fs::read(folder.path().join("ledger.xlsx")).unwrap();
    assert!(book.starts_with(b"PK\x03\x04"), "{}", book.len());
    assert_eq!(other.does(&["export", "-o", "none.xlsx"]), "已导出工单 0 件，步骤 0 步\n");
    let told = agency.refused(&["export", "--from", "nonsense", "-o", "never.xlsx"], 1);
    assert!(told.contains("filter.opened_from"), "{told}");
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("never") || name.ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    // Two entries for each of the four.
    assert_eq!(audit::verify(deployment.store(Role::Ticketing)).await.unwrap(), 8);
    deployment.end().await;
}
