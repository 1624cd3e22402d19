//! Which services a process runs.

use std::{fmt, str::FromStr};

use platform::database::{Location, OpenError, Store};

/// A service this binary can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Items, organisation, profiles, calendars.
    Catalog,
    /// Cases, invitations, ratings.
    Intake,
    /// Tickets.
    Ticketing,
    /// Figures and outcomes.
    Publication,
}

impl Role {
    /// All of them: `serve all`.
    pub const ALL: [Self; 4] = [Self::Catalog, Self::Intake, Self::Ticketing, Self::Publication];

    /// Its name: on the command line, as schema and as producer of facts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Catalog => catalog::NAME,
            Self::Intake => intake::NAME,
            Self::Ticketing => ticketing::NAME,
            Self::Publication => publication::NAME,
        }
    }

    /// The gRPC services it answers.
    #[must_use]
    pub fn services(self) -> &'static [&'static str] {
        match self {
            Self::Catalog => &catalog::SERVICES,
            Self::Intake => &intake::SERVICES,
            Self::Ticketing => &ticketing::SERVICES,
            Self::Publication => &publication::SERVICES,
        }
    }

    /// Whether it can be asked only as long as what it knows of others is in their histories. Intake
    /// goes on taking ratings without: each of them is a fact of its own.
    #[must_use]
    pub fn needs_to_know(self) -> bool {
        matches!(self, Self::Ticketing | Self::Publication)
    }

    /// Runs its migrations.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn migrate(self, location: &Location) -> Result<(), OpenError> {
        match self {
            Self::Catalog => Store::migrate::<catalog::Migrator>(location, self.name()).await,
            Self::Intake => Store::migrate::<intake::Migrator>(location, self.name()).await,
            Self::Ticketing => Store::migrate::<ticketing::Migrator>(location, self.name()).await,
            Self::Publication => {
                Store::migrate::<publication::Migrator>(location, self.name()).await
            }
        }
    }

    /// Opens its store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(self, location: &Location) -> Result<Store, OpenError> {
        match self {
            Self::Catalog => Store::open::<catalog::Migrator>(location, self.name()).await,
            Self::Intake => Store::open::<intake::Migrator>(location, self.name()).await,
            Self::Ticketing => Store::open::<ticketing::Migrator>(location, self.name()).await,
            Self::Publication => Store::open::<publication::Migrator>(location, self.name()).await,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or_else(|| {
            format!("\"{name}\" is none of all, {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}
