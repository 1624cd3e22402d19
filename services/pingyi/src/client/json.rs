//! A message of the contracts as JSON, in the mapping of proto3: by the descriptors, so that no field can
//! be forgotten.

use std::{collections::HashMap, sync::LazyLock};

use jiff::Timestamp;
use prost::{
    Message,
    bytes::Buf,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};
use serde_json::{Map, Value};

const TIMESTAMP: &str = ".google.protobuf.Timestamp";

/// The descriptors of all messages and enums, by their full names.
#[derive(Default)]
struct Known {
    messages: HashMap<String, DescriptorProto>,
    enums: HashMap<String, EnumDescriptorProto>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known::default();
    // It is made by the build, which checked it.
    let files = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap_or_default();
    for file in files.file {
        let package = format!(".{}", file.package());
        for message in file.message_type {
            known.put(&package, message);
        }
        for kind in file.enum_type {
            known.enums.insert(format!("{package}.{}", kind.name()), kind);
        }
    }
    known
});

impl Known {
    fn put(&mut self, within: &str, message: DescriptorProto) {
        let name = format!("{within}.{}", message.name());
        for nested in &message.nested_type {
            self.put(&name, nested.clone());
        }
        for kind in &message.enum_type {
            self.enums.insert(format!("{name}.{}", kind.name()), kind.clone());
        }
        self.messages.insert(name, message);
    }
}

/// A message as JSON; `name` is its full name, for example `pingyi.ticketing.v1.Ticket`. Null if there
/// is no such message, or it is none of that name.
pub(super) fn json(name: &str, message: &impl Message) -> Value {
    read(&format!(".{name}"), &message.encode_to_vec()).unwrap_or_default()
}

fn read(name: &str, mut bytes: &[u8]) -> Option<Value> {
    let message = KNOWN.messages.get(name)?;
    if name == TIMESTAMP {
        let at = prost_types::Timestamp::decode(bytes).ok()?;
        let at = Timestamp::new(at.seconds, at.nanos).ok()?;
        return Some(Value::String(at.to_string()));
    }
    let mut object = Map::new();
    while bytes.has_remaining() {
        let (number, wire) = decode_key(&mut bytes).ok()?;
        let number = i32::try_from(number).ok()?;
        let Some(field) = message.field.iter().find(|field| field.number() == number) else {
            let number = number.unsigned_abs();
            skip_field(wire, number, &mut bytes, DecodeContext::default()).ok()?;
            continue;
        };
        let mut values = Vec::new();
        match wire {
            WireType::Varint => {
                let number = decode_varint(&mut bytes).ok()?;
                values.push(number_of(field.r#type(), field.type_name(), number));
            }
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
                let (inner, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                match field.r#type() {
                    Type::Message => values.push(read(field.type_name(), inner)?),
                    Type::String => values.push(String::from_utf8_lossy(inner).into()),
                    Type::Bytes => values.push(inner.to_vec().into()),
                    // Numbers in a row.
                    kind => {
                        let mut inner = inner;
                        while inner.has_remaining() {
                            let number = decode_varint(&mut inner).ok()?;
                            values.push(number_of(kind, field.type_name(), number));
                        }
                    }
                }
            }
            // No contract has numbers of fixed length.
            _ => return None,
        }
        let key = field.json_name().to_owned();
        if field.label() == Label::Repeated {
            let list = object.entry(key).or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()?.extend(values);
        } else if let Some(value) = values.pop() {
            object.insert(key, value);
        }
    }
    Some(Value::Object(object))
}

fn number_of(kind: Type, type_name: &str, number: u64) -> Value {
    match kind {
        Type::Bool => Value::Bool(number != 0),
        Type::Enum => {
            let of = KNOWN.enums.get(type_name).into_iter().flat_map(|kind| &kind.value);
            let number = number.cast_signed();
            let found = of.into_iter().find(|value| i64::from(value.number()) == number);
            found.map_or_else(|| number.into(), |value| value.name().into())
        }
        Type::Int32 => number.cast_signed().into(),
        // As JSON has no whole numbers of 64 bits.
        Type::Int64 => Value::String(number.cast_signed().to_string()),
        Type::Uint64 => Value::String(number.to_string()),
        _ => number.into(),
    }
}

#[cfg(test)]
mod tests {
    use platform::convert::to_wire;
    use proto::{
        ticketing::v1::{Contact, ExportLedgerResponse, Means, Step, Ticket, step::Act},
        r#type::v1::{Deadline, TicketState},
    };

    use super::*;

    #[test]
    fn t12_a_message_is_json_as_proto3_maps_it() {
        let contact = Contact { means: Means::Phone.into(), reached: true, note: "好".to_owned() };
        let step = Step {
            sequence: 3,
            at: Some(to_wire("2026-03-02T01:00:00.5Z".parse().unwrap())),
            by: "officer".to_owned(),
            act: Some(Act::Contact(contact)),
        };
        let ticket = Ticket {
            ticket_id: "t".to_owned(),
            state: TicketState::Contacted.into(),
            tag_codes: vec!["1".to_owned(), "2".to_owned()],
            deadlines: vec![Deadline { days: 2, ..Deadline::default() }, Deadline::default()],
            steps: vec![step],
            ..Ticket::default()
        };
        let expected = serde_json::json!({
            "ticketId": "t",
            "state": "TICKET_STATE_CONTACTED",
            "tagCodes": ["1", "2"],
            "deadlines": [{"days": 2}, {}],
            "steps": [{
                "sequence": 3,
                "at": "2026-03-02T01:00:00.5Z",
                "by": "officer",
                "contact": {"means": "MEANS_PHONE", "reached": true, "note": "好"},
            }],
        });
        assert_eq!(json("pingyi.ticketing.v1.Ticket", &ticket), expected);
        let piece = ExportLedgerResponse { tickets: 1 << 60, ..ExportLedgerResponse::default() };
        let told = json("pingyi.ticketing.v1.ExportLedgerResponse", &piece);
        assert_eq!(told, serde_json::json!({"tickets": "1152921504606846976"}));
        assert_eq!(json("pingyi.ticketing.v1.Nothing", &piece), Value::Null);
    }
}
