//! The clock: `--now`, or else the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use gatewright_runtime::parse_date_time;

use crate::args::Common;

/// The time that everything is decided at, in milliseconds since 1970.
pub(crate) fn instant(common: &Common) -> Result<i64> {
    match &common.now {
        Some(text) => parse_date_time(text)
            .with_context(|| format!("--now `{text}` is not a time such as 2026-11-22T09:00:00Z")),
        None => {
            let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
            Ok(i64::try_from(since.as_millis())?)
        }
    }
}
