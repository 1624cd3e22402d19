//! Texts from the command line: states by name, and words from standard input.

use std::io::Read;

use proto::r#type::v1::TicketState;

use super::TicketError;

/// A state by its name (`closed`) or its Chinese word (`已办结`), as its number on the wire.
pub(super) fn state(said: &str) -> Result<i32, String> {
    let name = format!("TICKET_STATE_{}", said.to_uppercase().replace('-', "_"));
    let by_word = || (1..).map_while(|n| TicketState::try_from(n).ok());
    let found = TicketState::from_str_name(&name).filter(|s| *s != TicketState::Unspecified);
    let found = found.or_else(|| by_word().find(|s| platform::words::state(*s) == said));
    found.map(i32::from).ok_or_else(|| {
        let names = by_word().map(|state| {
            let name = state.as_str_name().trim_start_matches("TICKET_STATE_");
            name.to_lowercase().replace('_', "-")
        });
        format!("is none of {}", names.collect::<Vec<_>>().join(", "))
    })
}

/// Texts, one of which may stand in standard input.
pub(super) struct Texts<R> {
    input: Option<R>,
}

impl<R: Read> Texts<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: Some(input) }
    }

    /// The text, or what standard input holds if it is `-`.
    pub(super) fn take(&mut self, said: String) -> Result<String, TicketError> {
        if said != "-" {
            return Ok(said);
        }
        let mut input = self.input.take().ok_or(TicketError::TwoFromInput)?;
        let mut text = String::new();
        input.read_to_string(&mut text).map_err(TicketError::Input)?;
        Ok(text.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t12_a_state_is_known_by_its_name_and_by_its_word() {
        assert_eq!(state("closed"), Ok(TicketState::Closed.into()));
        assert_eq!(state("fed-back"), Ok(TicketState::FedBack.into()));
        assert_eq!(state("已办结"), Ok(TicketState::Closed.into()));
        let told = state("unspecified").unwrap_err();
        assert!(told.contains("exclusion-proposed") && !told.contains("unspecified"), "{told}");
    }

    #[test]
    fn t12_one_text_can_come_from_standard_input_and_no_second_one() {
        let mut texts = Texts::new("多行\n说明\n".as_bytes());
        assert_eq!(texts.take("示例".to_owned()).unwrap(), "示例");
        assert_eq!(texts.take("-".to_owned()).unwrap(), "多行\n说明");
        assert!(matches!(texts.take("-".to_owned()), Err(TicketError::TwoFromInput)));
    }
}
