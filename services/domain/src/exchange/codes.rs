//! Code sets (代码集), read both ways.

use std::{collections::BTreeMap, fmt::Debug};

use serde::{
    Deserialize,
    de::{
        DeserializeOwned, IntoDeserializer as _,
        value::{Error, StrDeserializer},
    },
};

/// The codes that a dialect has for terms. Several terms may have the same code: then it cannot be read back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", bound(deserialize = "T: DeserializeOwned"))]
pub struct CodeSet<T>(Vec<(T, String)>);

impl<T> Default for CodeSet<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: DeserializeOwned> TryFrom<BTreeMap<String, String>> for CodeSet<T> {
    type Error = Error;

    /// Reads the terms by their names.
    fn try_from(table: BTreeMap<String, String>) -> Result<Self, Error> {
        let row = |(term, code): (String, String)| {
            let term: StrDeserializer<'_, Error> = term.as_str().into_deserializer();
            Ok((T::deserialize(term)?, code))
        };
        table.into_iter().map(row).collect::<Result<_, Error>>().map(Self)
    }
}

/// A code set does not say exactly what is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lossy {
    /// The dialect has no code for a term.
    #[error("there is no code for {0}")]
    NoCode(String),
    /// The dialect does not know a code.
    #[error("\"{0}\" is no code")]
    NoTerm(String),
    /// A code stands for several terms.
    #[error("\"{code}\" can be {}", .terms.join(" or "))]
    OneOf {
        /// The code.
        code: String,
        /// What it can be.
        terms: Vec<String>,
    },
    /// Only a coarser term is known, and the code depends on more.
    #[error("the code depends on which it is of {}", .0.join(", "))]
    Coarse(Vec<String>),
}

impl<T: Copy + PartialEq + Debug> CodeSet<T> {
    /// The code of a term.
    ///
    /// # Errors
    /// [`Lossy::NoCode`].
    pub fn code(&self, term: T) -> Result<&str, Lossy> {
        let code = self.iter().find(|(own, _)| *own == term).map(|(_, code)| code);
        code.ok_or_else(|| Lossy::NoCode(name(term)))
    }

    /// The code of someone who is one of these terms: only if it is the same for all.
    ///
    /// # Errors
    /// [`Lossy::NoCode`] or [`Lossy::Coarse`].
    pub fn code_of_any(&self, terms: &[T]) -> Result<&str, Lossy> {
        let coarse = || Lossy::Coarse(terms.iter().copied().map(name).collect());
        let mut codes = terms.iter().map(|term| self.code(*term));
        let first = codes.next().ok_or_else(coarse)??;
        for code in codes {
            if code? != first {
                return Err(coarse());
            }
        }
        Ok(first)
    }

    /// The term of a code.
    ///
    /// # Errors
    /// [`Lossy::NoTerm`] or [`Lossy::OneOf`].
    pub fn term(&self, code: &str) -> Result<T, Lossy> {
        let of_code = self.iter().filter(|(_, own)| *own == code).map(|(term, _)| term);
        match of_code.collect::<Vec<_>>().as_slice() {
            [] => Err(Lossy::NoTerm(code.to_owned())),
            [term] => Ok(*term),
            terms => Err(Lossy::OneOf {
                code: code.to_owned(),
                terms: terms.iter().copied().map(name).collect(),
            }),
        }
    }

    /// The terms that have a code, with it.
    pub fn iter(&self) -> impl Iterator<Item = (T, &str)> {
        self.0.iter().map(|(term, code)| (*term, code.as_str()))
    }
}

fn name(term: impl Debug) -> String {
    format!("{term:?}")
}
