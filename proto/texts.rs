//! Writes, for every message of the contracts, how to come at each of its texts. Part of the build.

use std::fmt::Write as _;

use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};

/// Rust that implements `Texts` for every message of `set`.
pub fn implementations(set: &FileDescriptorSet) -> String {
    let mut written = String::new();
    for file in set.file.iter().filter(|file| file.package().starts_with("pingyi.")) {
        let module = file.package().split('.').skip(1).map(name).collect::<Vec<_>>().join("::");
        for message in &file.message_type {
            implement(&mut written, &format!("crate::{module}"), message);
        }
    }
    written
}

fn implement(written: &mut String, module: &str, message: &DescriptorProto) {
    let own = format!("{module}::{}", snake(message.name()));
    let mut body = String::new();
    for field in &message.field {
        if field.oneof_index.is_none() || field.proto3_optional() {
            plain(&mut body, field);
        }
    }
    for (n, oneof) in message.oneof_decl.iter().enumerate() {
        let within = |field: &&FieldDescriptorProto| {
            field.oneof_index == i32::try_from(n).ok() && !field.proto3_optional()
        };
        let mut arms = String::new();
        for field in message.field.iter().filter(within) {
            let Some(call) = call(field) else { continue };
            let choice = format!("{own}::{}::{}", camel(oneof.name()), camel(field.name()));
            let _ = writeln!(arms, "Some({choice}(part)) => {{ {call} }}");
        }
        if !arms.is_empty() {
            let _ = writeln!(body, "match &mut self.{} {{ {arms} _ => {{}} }}", name(oneof.name()));
        }
    }
    let visit = if body.is_empty() { "_" } else { "visit" };
    let _ = writeln!(
        written,
        "impl crate::Texts for {module}::{} {{\n\
         fn each_text(&mut self, {visit}: &mut dyn FnMut(&mut String)) {{\n{body}}}\n}}",
        camel(message.name()),
    );
    for nested in &message.nested_type {
        implement(written, &own, nested);
    }
}

/// A field that is there, may be there, or is there several times.
fn plain(body: &mut String, field: &FieldDescriptorProto) {
    let Some(call) = call(field) else { return };
    let name = name(field.name());
    let always = field.r#type() == Type::String && !field.proto3_optional();
    let _ = match (field.label(), always) {
        (Label::Repeated, _) => writeln!(body, "for part in &mut self.{name} {{ {call} }}"),
        (_, true) => writeln!(body, "visit(&mut self.{name});"),
        (_, false) => writeln!(body, "if let Some(part) = &mut self.{name} {{ {call} }}"),
    };
}

/// What is done with a text or a message of ours; nothing with anything else.
fn call(field: &FieldDescriptorProto) -> Option<&'static str> {
    match field.r#type() {
        Type::String => Some("visit(part);"),
        Type::Message if field.type_name().starts_with(".pingyi.") => {
            Some("part.each_text(visit);")
        }
        _ => None,
    }
}

/// A name as `prost` writes it, where that is a word of Rust.
fn name(name: &str) -> String {
    match name {
        "type" | "match" | "ref" | "use" | "where" | "in" | "as" => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

fn camel(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(word).collect()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (n, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && n > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
