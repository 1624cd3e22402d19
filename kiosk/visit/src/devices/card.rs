//! The port of a reader of identity cards (居民身份证阅读机具). A card that is laid on it fills the name
//! and the number of the form on the screen; on any other screen it does nothing. What is read goes to
//! the form alone: it is kept by nobody else, and told to no log.

use std::{fmt, future::Future};

use domain::item::FieldKind;
use tokio::sync::mpsc;

use crate::screen::Screen;

/// What a card says, as far as a form asks for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Card {
    /// The name.
    pub name: String,
    /// The identity number (公民身份号码).
    pub number: String,
}

impl fmt::Debug for Card {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Card")
    }
}

/// A device that reads cards.
pub trait ReadCards: Send + 'static {
    /// Waits for the next card; dropped, it reads none. None: the reader is gone for good.
    fn next(&mut self) -> impl Future<Output = Option<Card>> + Send;
}

/// One terminal's reader.
#[derive(Debug)]
pub struct Reader {
    cards: mpsc::Receiver<Card>,
}

impl Reader {
    /// Puts a reader to work, in the runtime it is called in.
    #[must_use]
    pub fn start(mut device: impl ReadCards) -> Self {
        let (read, cards) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(card) = device.next().await {
                if read.send(card).await.is_err() {
                    return;
                }
            }
        });
        Self { cards }
    }

    /// Waits for the next card; for ever, if the reader is gone.
    pub async fn next(&mut self) -> Card {
        match self.cards.recv().await {
            Some(card) => card,
            None => std::future::pending().await,
        }
    }
}

/// What a card fills of the form on the screen: the first field of a person's name, and the first of
/// an identity number.
#[must_use]
pub fn fills(screen: &Screen, card: &Card) -> Vec<(String, String)> {
    let Screen::Form { item, .. } = screen else { return Vec::new() };
    let first = |kind: FieldKind| item.form.iter().find(|field| field.kind == kind);
    let (name, number) = (first(FieldKind::PersonName), first(FieldKind::IdNumber));
    let filled = [name.map(|field| (&field.id, &card.name)), number.map(|f| (&f.id, &card.number))];
    filled.into_iter().flatten().map(|(id, value)| (id.clone(), value.clone())).collect()
}

/// A reader that is not there: its cards are laid on it by whoever holds the other end.
#[derive(Debug)]
pub struct Simulator(mpsc::Receiver<Card>);

impl Simulator {
    /// A reader, and where cards are laid on it.
    #[must_use]
    pub fn new() -> (Self, mpsc::Sender<Card>) {
        let (lay, cards) = mpsc::channel(1);
        (Self(cards), lay)
    }
}

impl ReadCards for Simulator {
    async fn next(&mut self) -> Option<Card> {
        self.0.recv().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Field, ItemCard};

    fn card() -> Card {
        // The standard's own sample, of nobody.
        Card { name: "示例·申请人".into(), number: "11010519491231002X".into() }
    }

    fn form(kinds: &[FieldKind]) -> Screen {
        let field = |(n, kind): (usize, &FieldKind)| Field {
            id: format!("f{n}"),
            label: String::new(),
            kind: *kind,
            required: true,
            max_length: 30,
            choices: Vec::new(),
        };
        let item =
            ItemCard { form: kinds.iter().enumerate().map(field).collect(), ..ItemCard::default() };
        Screen::Form { item, entries: Vec::new(), problems: Vec::new(), at: None }
    }

    #[tokio::test]
    async fn a_card_fills_the_name_and_the_number_of_the_form_and_nothing_else() {
        let (device, lay) = Simulator::new();
        let mut reader = Reader::start(device);
        lay.send(card()).await.unwrap();
        let card = reader.next().await;
        let kinds =
            [FieldKind::Text, FieldKind::IdNumber, FieldKind::PersonName, FieldKind::PersonName];
        let filled = fills(&form(&kinds), &card);
        let pair = |id: &str, value: &str| (id.to_owned(), value.to_owned());
        assert_eq!(filled, [pair("f2", "示例·申请人"), pair("f1", "11010519491231002X")]);
        assert_eq!(fills(&form(&[FieldKind::Text]), &card), []);
        assert_eq!(fills(&Screen::Attract, &card), []);
    }

    #[test]
    fn a_card_does_not_show_in_a_log() {
        assert_eq!(format!("{:?}", card()), "Card");
    }
}
