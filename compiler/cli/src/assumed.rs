//! What verbs that reason about all sign-ins take for granted, from the command line.

use anyhow::{Result, bail};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_decision::ROWS;
use gatewright_hir::nearest;

use crate::args::Assumed;

impl Assumed {
    /// The assumptions; a row that does not exist is a mistake.
    pub(crate) fn assumptions(&self) -> Result<Assumptions> {
        for name in &self.without {
            if World::is_row(name) {
                continue;
            }
            let names = ROWS.iter().map(|(known, _)| *known);
            let meant = nearest(name, names).map(|meant| format!(", did you mean `{meant}`?"));
            bail!(
                "there is no row `{name}`{}",
                meant.unwrap_or_else(|| {
                    "; `gatewright prove PATH --print-constraint` lists them".to_owned()
                })
            );
        }
        Ok(Assumptions {
            rows_off: self.without.clone(),
            with_missing_facts: self.missing_facts,
            with_report_only: self.report_only,
            ..Assumptions::default()
        })
    }

    /// How far to search.
    pub(crate) fn budget(&self) -> Budget {
        Budget {
            learnt_max: self.budget,
            ..Budget::default()
        }
    }
}
