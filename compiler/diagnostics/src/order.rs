//! The order of findings, and how many there are.

use crate::{Diagnostic, Severity};

/// Sort by place (source in order of loading, then span) and drop repetitions, so that output does
/// not depend on the order in which phases ran.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.span(), std::cmp::Reverse(d.severity), d.code.name());
        key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
    });
    diagnostics.dedup();
}

/// `2 errors, 1 warning`; `no findings` where there is none.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity, one: &str| {
        let count = diagnostics
            .iter()
            .filter(|d| d.severity == severity)
            .count();
        match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {one}s")),
        }
    };
    let parts = [
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        count(Severity::Hint, "hint"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "no findings".to_owned()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;
    use gatewright_source::{SourceId, Span};

    fn at(source: u32, start: u32) -> Diagnostic {
        Diagnostic::new(
            codes::GW0101,
            Span::new(SourceId(source), start, start + 1),
            "message",
        )
    }

    #[test]
    fn findings_are_in_the_order_of_the_text_and_told_once() {
        let mut found = vec![at(1, 0), at(0, 7), at(0, 2), at(0, 7)];
        sort(&mut found);
        assert_eq!(found, [at(0, 2), at(0, 7), at(1, 0)]);
    }

    #[test]
    fn the_summary_counts_by_severity() {
        let mut warning = at(0, 0);
        warning.severity = Severity::Warning;
        assert_eq!(
            summary(&[at(0, 0), warning, at(0, 1)]),
            "2 errors, 1 warning"
        );
        assert_eq!(summary(&[]), "no findings");
    }
}
