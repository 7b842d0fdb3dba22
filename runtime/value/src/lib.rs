//! Values, their types, what operators mean, and the vocabulary of Conditional Access.
//!
//! The compiler and the runtime share this crate, so that a constant folded at compile time and a
//! value met at run time are compared by the same code. It knows no policy, no JSON and no clock.

mod address;
mod fold;
mod guid;
mod kind;
mod ordered;
mod predicate;
mod record;
mod session;
mod time;
mod truth;
pub mod vocabulary;

pub use address::{AddressRange, address_key, parse_address};
pub use fold::{fold, fold_into, folded_eq};
pub use guid::{GuidText, guid_text, parse_guid};
pub use kind::{AttributeInfo, Kind};
pub use ordered::{Decimal, KeyError, Version, key_number, ordered_key, ordered_text};
pub use predicate::{FieldComparison, FieldQuestion, Predicate, PredicateStep};
pub use record::{Element, Field, Record};
pub use session::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};
pub use time::{
    date_time_key, duration_key, format_date, format_date_time, format_duration, parse_date_time,
    parse_duration,
};
pub use truth::Truth;
