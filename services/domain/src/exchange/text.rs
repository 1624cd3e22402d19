//! Records as text.

use std::fmt::Write as _;

/// Fields as one JSON object, in their order.
#[must_use]
pub fn json(fields: &[(String, String)]) -> String {
    let mut text = String::from("{");
    for (n, (name, value)) in fields.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        text.push_str(comma);
        quoted(&mut text, name);
        text.push(':');
        quoted(&mut text, value);
    }
    text.push('}');
    text
}

fn quoted(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// Fields as one XML document, in their order. Characters that XML cannot hold are left out.
#[must_use]
pub fn xml(root: &str, fields: &[(String, String)]) -> String {
    let mut text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root}>");
    for (name, value) in fields {
        let _ = write!(text, "<{name}>");
        for c in value.chars() {
            match c {
                '&' => text.push_str("&amp;"),
                '<' => text.push_str("&lt;"),
                '>' => text.push_str("&gt;"),
                '\n' => text.push(c),
                c if c.is_control() => {}
                c => text.push(c),
            }
        }
        let _ = write!(text, "</{name}>");
    }
    let _ = write!(text, "</{root}>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_whatever_a_value_holds_the_text_stays_well_formed() {
        let fields = [("a".to_owned(), "<\"甲&\\乙\">\n\u{1}".to_owned())];
        assert_eq!(json(&fields), "{\"a\":\"<\\\"甲&\\\\乙\\\">\\n\\u0001\"}");
        let told = xml("r", &fields);
        assert!(told.ends_with("<r><a>&lt;\"甲&amp;\\乙\"&gt;\n</a></r>"), "{told}");
    }
}
