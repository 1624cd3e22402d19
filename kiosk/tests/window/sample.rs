//! What the screens show in tests. Everybody and every number here is invented.

use domain::{
    item::{FieldKind, QuestionKind},
    level::Level,
};
use visit::{
    content::{
        Application, Case, Choices, Field, Guide, Invitation, ItemCard, LevelChoice, Limit,
        Material, Rated, RatingToSend, Receipt, TouchedLevel,
        opinion::{Answering, DayCounted, Due, Feedback, Question, Ticket},
        receipt::{Became, LookedUp, Progress},
    },
    flow::Effect,
    screen::Screen,
};

pub const NAME: &str = "示例·申请人";
pub const PHONE: &str = "10000000000";

fn field(id: &str, label: &str, kind: FieldKind, required: bool, choices: &[&str]) -> Field {
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    Field { id: id.to_owned(), label: label.to_owned(), kind, required, max_length: 30, choices }
}

fn guide() -> Guide {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let material = |name: &str, sample: &str| Material {
        name: name.to_owned(),
        copies: 1,
        sample: sample.to_owned(),
    };
    Guide {
        promised: Some(Limit { days: 5, working: true }),
        statutory: Some(Limit { days: 20, working: true }),
        conditions: texts(&[
            "已取得营业执照等合法主体资格",
            "具有与经营的食品品种、数量相适应的场所、设备和设施",
        ]),
        materials: vec![
            material("食品经营许可申请书", "示例：张三小吃店，填写在第一页"),
            material("经营场所设备布局和操作流程文件", ""),
        ],
        procedure: texts(&["申请", "受理", "审查", "现场核查", "决定", "送达"]),
        fee: "不收费".into(),
        fee_basis: "《中华人民共和国行政许可法》第五十八条".into(),
    }
}

pub fn item() -> ItemCard {
    ItemCard {
        code: "sample-1".into(),
        name: "食品经营许可（示例）".into(),
        accepting_unit: "昌吉市示例市场监督管理局".into(),
        theme: "行政许可（办证、审批）".into(),
        guide: guide(),
        form: vec![
            field("applicant_name", "申请人（经办人）姓名", FieldKind::PersonName, true, &[]),
            field("applicant_phone", "联系电话", FieldKind::Phone, true, &[]),
            field(
                "kind",
                "主体业态",
                FieldKind::Choice,
                true,
                &["食品销售", "餐饮服务", "单位食堂"],
            ),
            field("since", "成立日期", FieldKind::Date, false, &[]),
        ],
        seen_at: String::new(),
    }
}

/// An item as it was when it was seen last.
pub fn seen_before(item: ItemCard) -> ItemCard {
    ItemCard { seen_at: "2026-11-22 10:24".into(), ..item }
}

/// An item that asks for the applicant's identity number, first of all.
pub fn with_number() -> ItemCard {
    let mut item = item();
    let number = field("applicant_number", "身份证号码", FieldKind::IdNumber, true, &[]);
    item.form.insert(0, number);
    item
}

/// The standard's own sample.
pub const IDENTITY: &str = "11010519491231002X";

pub fn items() -> Vec<ItemCard> {
    let names = [
        "社会保险参保缴费记录查询打印（示例）",
        "城乡居民基本养老保险待遇申领（示例）",
        "公共场所卫生许可（示例）",
        "灵活就业人员参保登记（示例）",
        "老年人优待证办理（示例）",
        "住房公积金提取（示例）",
        "不动产登记资料查询（示例）",
        "残疾人证办理（示例）",
        "户口迁移（示例）",
        "个体工商户设立登记（示例）",
    ];
    let other = |(n, name): (usize, &str)| ItemCard {
        code: format!("sample-{}", n + 2),
        name: name.to_owned(),
        theme: match name {
            name if name.contains('许') => item().theme,
            name if name.contains('证') => "证件和优待".to_owned(),
            name if name.contains('户') => "户籍和登记".to_owned(),
            _ => "公共服务（查询、打印、参保）".to_owned(),
        },
        accepting_unit: match name.contains("保") {
            true => "昌吉市示例人力资源和社会保障局".to_owned(),
            false => item().accepting_unit,
        },
        ..item()
    };
    std::iter::once(item()).chain(names.into_iter().enumerate().map(other)).collect()
}

pub fn entries() -> Vec<(String, String)> {
    let pairs = [("applicant_name", NAME), ("applicant_phone", PHONE), ("kind", "餐饮服务")];
    pairs.map(|(id, value)| (id.to_owned(), value.to_owned())).to_vec()
}

/// As long as the services make them: region, day and twelve digits.
pub const NUMBER: &str = "65230120261122A1B2C3D4E5F6";

pub fn case() -> Case {
    Case {
        id: "case-1".into(),
        project_number: NUMBER.into(),
        item_name: item().name,
        promised: Some(("2026-11-30".into(), false)),
        invitation: None,
    }
}

pub fn invitation() -> Invitation {
    Invitation { project_number: case().project_number, token: "token".into() }
}

pub const LOOK_UP: &str = "https://example.gov.cn/my";

pub const LABELS: [&str; 5] = ["非常满意", "满意", "基本满意", "不满意", "非常不满意"];

pub fn choices(negative_needs_reason: bool) -> Choices {
    let texts = [
        "业务不熟练",
        "服务态度差、爱答不理",
        "材料要求与办事指南不一致",
        "在办事指南之外增加新的审批条件",
        "超过法定或承诺办结时限",
        "同样内容的证明材料被要求多次提供",
        "线上系统不好用",
        "反复跑窗口和部门，多次跑路",
    ];
    let tags = |level: Level| {
        let tag = |(n, text): (usize, &str)| (format!("t{n}"), text.to_owned());
        level.is_negative().then(|| texts.iter().copied().enumerate().map(tag).collect())
    };
    let level = |(level, label): (Level, &str)| LevelChoice {
        level,
        label: label.to_owned(),
        tags: tags(level).unwrap_or_default(),
    };
    Choices {
        item_name: item().name,
        agency_name: item().accepting_unit,
        levels: Level::ALL.into_iter().zip(LABELS).map(level).collect(),
        tag_list_version: "sample".into(),
        negative_needs_reason,
        private_allowed: true,
        questions: Vec::new(),
        look_up: LOOK_UP.into(),
    }
}

/// The same with reasons for every level, and questions.
pub fn asking(negative_needs_reason: bool) -> Choices {
    let mut choices = choices(negative_needs_reason);
    let praise = ["一窗受理一次办结", "可以先受理后补材料", "不用提交证明", "可以就近办理"];
    for choice in choices.levels.iter_mut().filter(|choice| !choice.level.is_negative()) {
        let tag = |(n, text): (usize, &&str)| (format!("p{n}"), (*text).to_owned());
        choice.tags = praise.iter().enumerate().map(tag).collect();
    }
    let question = |(id, text, kind): (&str, &str, QuestionKind)| Question {
        id: id.to_owned(),
        text: text.to_owned(),
        kind,
    };
    choices.questions = [
        ("q1", "您是一次就办成的吗？", QuestionKind::YesNo),
        ("q2", "工作人员一次讲清要带的材料了吗？", QuestionKind::YesNo),
        ("q3", "您还有什么建议？", QuestionKind::Text),
    ]
    .into_iter()
    .map(question)
    .collect();
    choices
}

pub fn given(negative_needs_reason: bool) -> TouchedLevel {
    touched(choices(negative_needs_reason), Level::Dissatisfied)
}

pub fn touched(choices: Choices, level: Level) -> TouchedLevel {
    TouchedLevel::new(invitation(), choices, level, false, "r".into())
}

pub fn question(at: usize) -> Screen {
    Screen::Question { given: touched(asking(false), Level::Dissatisfied), at }
}

/// A name as long as the state's list of items has them.
pub const LONG: &str = "城乡居民基本养老保险与城镇职工基本养老保险制度衔接转移接续申请（含军人退役养老保险关系转入）（示例）";

/// The faces for an item with such a name.
pub fn long_faces() -> Screen {
    let choices = Choices { item_name: LONG.into(), ..choices(false) };
    Screen::Faces { invitation: invitation(), choices, private: false }
}

fn rating() -> RatingToSend {
    RatingToSend {
        request_id: "r".into(),
        token: "token".into(),
        level: Level::Satisfied,
        tag_codes: Vec::new(),
        tag_list_version: "sample".into(),
        words: String::new(),
        answers: Vec::new(),
        private: false,
        touched_at: None,
    }
}

fn application() -> Application {
    Application {
        request_id: "r".into(),
        item_code: item().code,
        entries: entries(),
        language: String::new(),
    }
}

pub fn sending() -> Screen {
    Screen::Sending { rating: rating(), rated: rated(Level::Satisfied) }
}

pub fn submitting() -> Screen {
    Screen::Submitting { item: item(), application: application() }
}

pub fn rated(level: Level) -> Rated {
    let place = Level::ALL.iter().position(|other| *other == level).unwrap();
    Rated {
        project_number: NUMBER.into(),
        level,
        label: LABELS[place].into(),
        agency_name: item().accepting_unit,
    }
}

pub fn thanks(level: Level) -> Screen {
    Screen::Thanks { receipt: receipt(), rated: rated(level), answering: Answering::default() }
}

/// Thanks that say until when: rated on a Sunday, five working days.
pub fn answered(level: Level) -> Screen {
    let days = [
        (22, None, "当日不计（周末）"),
        (23, Some(1), "工作日"),
        (24, Some(2), "工作日"),
        (25, Some(3), "工作日"),
        (26, Some(4), "工作日"),
        (27, Some(5), "工作日"),
    ];
    let day = |(day, number, reason): (i32, Option<u32>, &str)| DayCounted {
        date: format!("2026-11-{day}"),
        number,
        reason: reason.to_owned(),
    };
    let due = |on: &str, days| Due {
        on: on.to_owned(),
        provisional: false,
        days,
        working: true,
        clause: "四（一）".into(),
        counted: Vec::new(),
    };
    let counted = days.into_iter().map(day).collect();
    let clear = Some(Due { counted, ..due("2026-11-27", 5) });
    let feedback = Some(Feedback { clear, complex: Some(due("2026-12-11", 15)) });
    let agency_name = item().accepting_unit;
    let ticket = Some(Ticket { agency_name, next_due_on: "2026-11-23".into() });
    let answering = Answering { feedback, ticket };
    Screen::Thanks { receipt: receipt(), rated: rated(level), answering }
}

/// What became of a rating.
pub fn found() -> LookedUp {
    let (agency_name, next_due_on) = (item().accepting_unit, "2026-11-27".to_owned());
    LookedUp {
        level: Level::Dissatisfied,
        given_on: "2026-11-22".into(),
        stands: true,
        became: Some(Became { progress: Progress::Handled, agency_name, next_due_on }),
    }
}

/// Thanks for a rating that waits on the terminal.
pub fn kept() -> Screen {
    let (receipt, answering) = (Receipt::default(), Answering::default());
    Screen::Thanks { receipt, rated: rated(Level::Satisfied), answering }
}

pub fn form(entries: Vec<(String, String)>, problems: Vec<(String, String)>) -> Screen {
    Screen::Form { item: item(), entries, problems, at: None }
}

pub fn faces() -> Screen {
    Screen::Faces { invitation: invitation(), choices: choices(false), private: false }
}

pub fn receipt() -> Receipt {
    Receipt {
        rating_id: "rating-1".into(),
        code: "K7QM-2XHD".into(),
        look_up: LOOK_UP.into(),
        received_at: Some(1_795_313_040_000_000),
    }
}

pub fn offline() -> Screen {
    Screen::Offline { again: Effect::Rate(rating()), from: Box::new(sending()) }
}
