//! The RPCs of `ExchangeService`.

pub(crate) mod get_day_sum;
pub(crate) mod get_exchange_state;
pub(crate) mod push_facts;

#[cfg(test)]
pub(crate) mod testing;
