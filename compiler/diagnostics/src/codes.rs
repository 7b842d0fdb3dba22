//! The only list of diagnostic codes.
//!
//! Numbers are stable and never reused; the slug is what people write in `@suppress` and in
//! `gatewright.toml`, and names the bad pattern. Ranges: `GW01xx` text and syntax, `GW02xx` names,
//! `GW03xx` types, values and dialects, `GW04xx` meaning (lints), `GW05xx` limits, `GW06xx` Graph
//! JSON, `GW07xx` bundles and requests, `GW08xx` projects and
//! files, `GW09xx` internal.
//!
//! Each code has a page `docs/diagnostics/GW….md` with an erroneous and a correct example, both
//! executed by a test.

use crate::Severity;

/// What the pages of all codes are found under; see [`Code::url`].
pub const PAGES_URL: &str = "docs/diagnostics/";

/// Whether a finding keeps a policy set from being decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The source cannot be understood: nothing is decided.
    Unreadable,
    /// What the service would refuse, or what is unwise: deciding goes on.
    Service,
}

/// A diagnostic code; a row of the registry.
#[derive(Clone, Copy)]
pub struct Code(&'static Entry);

struct Entry {
    name: &'static str,
    slug: &'static str,
    severity: Severity,
    class: Class,
    summary: &'static str,
    page: &'static str,
}

impl Code {
    /// `GW0302`
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// `unknown-value`
    #[must_use]
    pub fn slug(self) -> &'static str {
        self.0.slug
    }

    /// The severity before lint levels.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// Whether it keeps a policy set from being decided.
    #[must_use]
    pub fn class(self) -> Class {
        self.0.class
    }

    /// One line.
    #[must_use]
    pub fn summary(self) -> &'static str {
        self.0.summary
    }

    /// The page that `gatewright explain` prints.
    #[must_use]
    pub fn page(self) -> &'static str {
        self.0.page
    }

    /// Where the page is, relative to the root of the repository.
    #[must_use]
    pub fn url(self) -> String {
        format!("{PAGES_URL}{}.md", self.name())
    }

    /// The code of this name (`GW0302`) or slug, in any case.
    #[must_use]
    pub fn find(name: &str) -> Option<Code> {
        all().find(|code| {
            code.name().eq_ignore_ascii_case(name) || code.slug().eq_ignore_ascii_case(name)
        })
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Code {}

impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! codes {
    ($($name:ident $slug:literal $severity:ident $class:ident $summary:literal;)*) => {
        $(
            #[doc = $summary]
            pub const $name: Code = Code(&Entry {
                name: stringify!($name),
                slug: $slug,
                severity: Severity::$severity,
                class: Class::$class,
                summary: $summary,
                page: include_str!(concat!(
                    "../../../docs/diagnostics/",
                    stringify!($name),
                    ".md"
                )),
            });
        )*

        static ALL: &[Code] = &[$($name),*];
    };
}

/// Every code, in order.
pub fn all() -> impl ExactSizeIterator<Item = Code> {
    ALL.iter().copied()
}

codes! {
    GW0101 "unexpected-token" Error Unreadable "something else was expected here";
    GW0801 "invalid-manifest" Error Unreadable "`gatewright.toml` cannot be understood";
    GW0802 "not-text" Error Unreadable "a file holds bytes that are no text";
    GW0803 "no-policies" Warning Service "there is no policy in what was given";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_slugs_are_well_formed_and_used_once() {
        let mut seen = std::collections::BTreeSet::new();
        for code in all() {
            let digits = code.name().strip_prefix("GW").unwrap();
            assert!(
                digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()),
                "{code:?}"
            );
            let is_word = |word: &str| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            };
            assert!(
                code.slug().split('-').all(is_word),
                "{code:?}: `{}`",
                code.slug()
            );
            assert!(seen.insert(code.name()), "{code:?} is there twice");
            assert!(seen.insert(code.slug()), "`{}` is there twice", code.slug());
        }
    }

    #[test]
    fn codes_are_in_order() {
        let names: Vec<_> = all().map(Code::name).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn what_is_unreadable_is_an_error() {
        let unreadable = all().filter(|code| code.class() == Class::Unreadable);
        for code in unreadable {
            assert_eq!(code.severity(), Severity::Error, "{code:?}");
        }
    }

    #[test]
    fn summaries_are_one_line_without_a_full_stop() {
        for code in all() {
            let summary = code.summary();
            let first = summary.chars().next().unwrap();
            assert!(
                !summary.contains('\n') && !summary.ends_with('.'),
                "{code:?}"
            );
            assert!(
                !first.is_ascii_uppercase() || summary.starts_with("Graph"),
                "{code:?}: {summary}"
            );
        }
    }

    #[test]
    fn a_code_is_found_by_name_and_by_slug() {
        assert_eq!(Code::find("gw0101"), Some(GW0101));
        assert_eq!(Code::find("Unexpected-Token"), Some(GW0101));
        assert_eq!(Code::find("nothing"), None);
    }
}
