//! What a platform answers, as far as it is believed.

use domain::exchange::{Dialect, Envelope};
use serde_json::Value;

use crate::store::exchange::national::queue::Receipt;

/// How much of a platform's words is kept, in characters.
const MAX_WORDS: usize = 200;
/// The longest receipt that is kept, in characters.
const MAX_RECEIPT: usize = 64;
/// The largest number of a service that is believed.
const MAX_NUMBER: i32 = 1_000_000;

/// What became of a record there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has it now, with its name and number for it, if it gave any.
    Taken(Receipt),
    /// It had it already, which is as good.
    Already,
    /// It takes it not, in its words.
    Refused(String),
    /// It cannot take anything now, in its words.
    Broken(String),
    /// It means nothing.
    Garbage,
}

/// Reads an answer: its headers by name, and its body.
pub(crate) fn read(dialect: &Dialect, head: impl Fn(&str) -> Option<String>, body: &str) -> Answer {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let said = |name: &str| head(name).or_else(|| plain(&json[name]));
    match dialect.envelope {
        Envelope::Tenant { .. } => {
            let told = said("C-Response-Body").unwrap_or_default();
            match said("C-Response-Desc") {
                None => Answer::Garbage,
                Some(desc) if is_there(dialect, &[&desc, &told]) => Answer::Already,
                Some(desc) if desc == "success" => Answer::Taken(Receipt::default()),
                Some(desc) => Answer::Refused(words(&[&desc, &told])),
            }
        }
        Envelope::Form { .. } => {
            let (code, why) = (plain(&json["code"]), plain(&json["errorMessage"]));
            let (code, why) = (code.unwrap_or_default(), why.unwrap_or_default());
            match plain(&json["success"]).as_deref() {
                Some("true") => Answer::Taken(Receipt {
                    name: name(&json["serviceCode"]),
                    number: number(&json["serviceNumber"]),
                }),
                Some("false") if is_there(dialect, &[&why]) => Answer::Already,
                // 系统异常.
                Some("false") if code == "-1" => Answer::Broken(words(&[&code, &why])),
                Some("false") => Answer::Refused(words(&[&code, &why])),
                _ => Answer::Garbage,
            }
        }
        Envelope::Block { .. } => {
            let value = |name: &str| plain(&json[name]).or_else(|| element(body, name));
            match value("code").as_deref() {
                _ if is_there(dialect, &[body]) => Answer::Already,
                Some("200") => {
                    let unid = value("evaluateUnid").unwrap_or_default();
                    Answer::Taken(Receipt { name: name(&Value::String(unid)), number: 0 })
                }
                Some(code) if is_code(code) => {
                    Answer::Refused(words(&[code, &value("message").unwrap_or_default()]))
                }
                _ => Answer::Garbage,
            }
        }
    }
}

fn is_there(dialect: &Dialect, said: &[&str]) -> bool {
    let means_it = |words: &&String| said.iter().any(|said| said.contains(words.as_str()));
    dialect.already.iter().any(|words| means_it(&words))
}

fn is_code(code: &str) -> bool {
    (1..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A value as text; an object or a list is none.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// What stands in the first element of a name; the platform writes it without attributes.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim().to_owned())
}

/// Words of the platform, short and without what could hide in them.
fn words(said: &[&str]) -> String {
    let said: Vec<&str> = said.iter().copied().filter(|said| !said.is_empty()).collect();
    said.join(" ").chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect()
}

/// Its name for a record, if it can be one.
fn name(value: &Value) -> String {
    let name = plain(value).unwrap_or_default();
    let is_name = name.len() <= MAX_RECEIPT && name.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name { name } else { String::new() }
}

/// Its number for a service (服务次数), if it is one; else 0.
fn number(value: &Value) -> i32 {
    let number: Option<i32> = plain(value).and_then(|text| text.parse().ok());
    number.filter(|number| (1..=MAX_NUMBER).contains(number)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, heads: &[(&str, &str)], body: &str) -> Answer {
        let head = |asked: &str| {
            heads.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned())
        };
        read(&Dialect::named(name).unwrap(), head, body)
    }

    #[test]
    fn p10_every_answer_is_taken_there_refused_or_means_nothing() {
        let numbered =
            |name: &str, number| Answer::Taken(Receipt { name: name.to_owned(), number });
        let taken = |name: &str| numbered(name, 0);
        // As its published callers read it.
        let beijing = include_str!("beijing-case-answer.json");
        let refused = |why: &str| Answer::Refused(why.to_owned());
        let desc = |desc: &'static str| [("C-Response-Desc", desc)];
        for (heads, body, answer) in [
            (&desc("success")[..], "", taken("")),
            (&[], "{\"C-Response-Desc\":\"success\"}", taken("")),
            (&desc("fail"), "{\"C-Response-Body\":\"x\\u0007\"}", refused("fail x")),
            (&desc("评价数据不可重复"), "", Answer::Already),
            (&desc("fail"), "{\"C-Response-Body\":\"该评价数据不可重复提交\"}", Answer::Already),
            (&[], "success", Answer::Garbage),
            (&[], "", Answer::Garbage),
            (&[], "<html>评价数据不可重复</html>", Answer::Garbage),
        ] {
            assert_eq!(told("shandong", heads, body), answer, "{heads:?} {body}");
        }
        for (body, answer) in [
            ("{\"success\":true,\"code\":200,\"serviceCode\":\"S-1\"}", taken("S-1")),
            (beijing, numbered("11011320260302000001", 3)),
            ("{\"success\":true,\"serviceNumber\":2}", numbered("", 2)),
            ("{\"success\":true,\"serviceNumber\":\"-2\"}", taken("")),
            ("{\"success\":true,\"serviceNumber\":[3]}", taken("")),
            ("{\"success\":true,\"serviceNumber\":\"99999999999\"}", taken("")),
            ("{\"success\":\"true\",\"serviceCode\":\"zwölf\"}", taken("")),
            ("{\"success\":false,\"code\":404,\"errorMessage\":\"无\"}", refused("404 无")),
            (
                "{\"success\":false,\"code\":-1,\"errorMessage\":\"系统异常\"}",
                Answer::Broken("-1 系统异常".to_owned()),
            ),
            ("{\"success\":false,\"errorMessage\":\"评价数据不可重复\"}", Answer::Already),
            ("{\"success\":", Answer::Garbage),
            ("{\"code\":200}", Answer::Garbage),
            ("[true]", Answer::Garbage),
        ] {
            assert_eq!(told("beijing", &[], body), answer, "{body}");
        }
        for (body, answer) in [
            ("<r><code>200</code><evaluateUnid>u7</evaluateUnid></r>", taken("u7")),
            ("{\"code\":200,\"evaluateUnid\":\"u7\"}", taken("u7")),
            ("<r><code>500</code><message>错</message></r>", refused("500 错")),
            ("<r><code>?</code></r>", Answer::Garbage),
            ("<r><code>200", Answer::Garbage),
        ] {
            assert_eq!(told("fujian", &[], body), answer, "{body}");
        }
        let long = told("shandong", &[("C-Response-Desc", &"长".repeat(500))], "");
        assert_eq!(long, refused(&"长".repeat(200)));
    }
}
