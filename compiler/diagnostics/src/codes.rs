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

    /// Whether its findings are left out unless a level is set: it speaks of what the sources do
    /// not show, or of what is the rule rather than the exception.
    #[must_use]
    pub fn is_opt_in(self) -> bool {
        OPT_IN.contains(&self)
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

/// Codes that are off by default.
const OPT_IN: &[Code] = &[
    GW0427, GW0428, GW0459, GW0461, GW0464, GW0469, GW0476, GW0477, GW0480, GW0482, GW0487, GW0490,
    GW0496,
];

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
    GW0102 "stray-character" Error Unreadable "a character starts nothing";
    GW0103 "unterminated-string" Error Unreadable "a string is not closed";
    GW0104 "unbalanced-bracket" Error Unreadable "a bracket has no partner";
    GW0105 "unknown-operator" Error Unreadable "a word with a hyphen is no operator";
    GW0106 "foreign-operator" Error Unreadable "an operator of another language";
    GW0107 "missing-value" Error Unreadable "a comparison lacks a side";
    GW0108 "missing-connector" Error Unreadable "two conditions have no `-and` or `-or` between them";
    GW0109 "dangling-connector" Error Unreadable "`-and`, `-or` or `-not` lacks a side";
    GW0110 "empty-expression" Error Unreadable "a condition is missing";
    GW0111 "trailing-words" Error Unreadable "words follow the end of a rule";
    GW0112 "unknown-keyword" Error Unreadable "a word starts no declaration";
    GW0113 "unknown-clause" Error Unreadable "a word starts no clause";
    GW0114 "empty-clause" Error Unreadable "nothing follows the head of a clause";
    GW0115 "missing-comma" Error Unreadable "two elements of a list have no comma between them";
    GW0116 "escaped-quotes" Error Unreadable "quotes are escaped as for a shell";
    GW0201 "unknown-name" Error Unreadable "nothing has this name";
    GW0202 "wrong-kind-of-name" Error Unreadable "a name stands for another kind of thing";
    GW0203 "duplicate-name" Error Unreadable "two things of one kind have the same name";
    GW0204 "rule-cycle" Error Unreadable "rules are defined by each other";
    GW0205 "duplicate-policy-name" Error Unreadable "two policies have the same name";
    GW0206 "duplicate-id" Error Unreadable "two things have the same id";
    GW0207 "unknown-annotation" Error Unreadable "an annotation is unknown or incomplete";
    GW0208 "malformed-parameter" Error Unreadable "a parameter has no type, or a name that it cannot have";
    GW0209 "wrong-arguments" Error Unreadable "what is filled in does not fit the parameters";
    GW0212 "template-cycle" Error Unreadable "templates use each other";
    GW0213 "malformed-interpolation" Error Unreadable "braces in a text of a template name no parameter";
    GW0214 "too-much-expanded" Error Unreadable "the templates of a project make too much";
    GW0215 "expired" Error Service "the day of an `@expires` is over";
    GW0216 "expires-soon" Hint Service "the day of an `@expires` is near";
    GW0217 "unused-suppression" Warning Service "a suppression hides nothing";
    GW0218 "declaration-in-library" Warning Service "a library declares what it does not hand on";
    GW0219 "malformed-data" Error Unreadable "a data file has a line that cannot be read";
    GW0220 "unused-parameter" Warning Service "nothing uses a parameter";
    GW0230 "unknown-fact" Error Unreadable "a test gives a fact that a sign-in does not have";
    GW0231 "wrong-fact" Error Unreadable "a fact of a test lacks its value, or has one of another type";
    GW0232 "fact-twice" Error Unreadable "a step of a test says one thing twice";
    GW0233 "incomplete-test" Error Unreadable "a test lacks its sign-in, or what is expected of it";
    GW0234 "unknown-expectation" Error Unreadable "a test expects what no decision says";
    GW0235 "unknown-policy" Error Unreadable "a test names a policy that does not exist";
    GW0236 "conflicting-expectations" Error Unreadable "a test expects what cannot hold together";
    GW0237 "duplicate-test" Error Unreadable "two tests have the same name";
    GW0249 "expectation-failed" Error Service "a decision is not as a test expects it";
    GW0250 "invariant-without-claim" Error Unreadable "an invariant says nothing of its sign-ins";
    GW0251 "several-claims" Error Unreadable "an invariant says several things";
    GW0252 "clause-not-in-invariant" Error Unreadable "a clause has no place in an invariant";
    GW0253 "outcome-without-quantifier" Error Unreadable "an invariant does something without `always` or `never`";
    GW0254 "unknown-claim" Error Unreadable "what always or never holds is nothing that a policy does";
    GW0255 "duplicate-invariant" Error Unreadable "two invariants have the same name";
    GW0270 "refuted-invariant" Error Service "an invariant does not hold";
    GW0271 "undecided-invariant" Warning Service "nobody knows whether an invariant holds";
    GW0272 "vacuous-invariant" Warning Service "an invariant speaks of no sign-in";
    GW0301 "unknown-attribute" Error Unreadable "there is no such attribute";
    GW0302 "unknown-value" Error Unreadable "a value is not one of those that can occur";
    GW0303 "refused-operator" Error Unreadable "an attribute does not have this operator";
    GW0304 "wrong-type" Error Unreadable "a value has another type than its attribute";
    GW0305 "null-not-allowed" Error Unreadable "`null` cannot stand here";
    GW0306 "list-mismatch" Error Unreadable "a list stands for one value, or one value for a list";
    GW0307 "not-a-condition" Error Unreadable "something is not compared, or on the wrong side";
    GW0308 "empty-text" Error Unreadable "an attribute is compared with an empty text";
    GW0309 "unquoted-text" Error Unreadable "a text has no quotes";
    GW0310 "attribute-case" Warning Service "an attribute is spelled in another case";
    GW0311 "single-quotes" Warning Service "a text of a filter has single quotes";
    GW0312 "typographic-mark" Warning Service "a dash or quotes come from a word processor";
    GW0313 "set-equality" Warning Service "a set is compared with one value";
    GW0316 "foreign-construct" Error Unreadable "a dialect does not have this construct";
    GW0317 "bad-pattern" Error Unreadable "a pattern cannot be used";
    GW0318 "rule-not-in-filter" Error Unreadable "a named rule says more than a filter can";
    GW0319 "not-a-guid" Warning Service "an id is compared with something that is no GUID";
    GW0320 "malformed-clause" Error Unreadable "a clause has something in it that it cannot have";
    GW0321 "duplicate-clause" Error Unreadable "a policy has a clause twice";
    GW0322 "conflicting-clauses" Error Service "two clauses of a policy exclude each other";
    GW0323 "foreign-clause" Error Unreadable "a clause does not belong here";
    GW0324 "unreadable-address" Error Unreadable "an address or range cannot be read";
    GW0325 "unknown-country" Error Unreadable "a country is not a country code";
    GW0326 "unreadable-quantity" Error Unreadable "a number or a length of time cannot be read";
    GW0327 "any-or-all-missing" Error Unreadable "several controls are required without `any` or `all`";
    GW0328 "incomplete-declaration" Error Unreadable "a declaration says too little or something else";
    GW0329 "masked-host-bits" Warning Service "a range is written with a host address";
    GW0330 "all-with-something" Error Service "`all` stands with others";
    GW0331 "custom-attribute-name" Error Unreadable "a custom security attribute is not named by set and attribute";
    GW0332 "negated-null" Error Unreadable "a comparison with `null` is negated";
    GW0333 "not-the-element" Error Unreadable "a quantifier asks for something else than its element";
    GW0334 "combined-alone" Error Unreadable "something that stands alone is combined";
    GW0335 "strict-spelling" Error Unreadable "a dialect does not read a spelling";
    GW0336 "never-matches" Warning Service "a value is taken by the service and never occurs";
    GW0337 "not-on-platform" Error Service "a platform does not have an attribute";
    GW0338 "deprecated-attribute" Warning Service "an attribute is replaced by another one";
    GW0339 "quoted-boolean" Warning Service "a Boolean stands in quotes";
    GW0340 "untranslatable" Error Service "another dialect cannot say a part of a rule";
    GW0351 "duplicate-schema-declaration" Error Unreadable "a schema declares something twice";
    GW0352 "malformed-schema" Error Unreadable "a schema cannot be understood";
    GW0353 "unknown-type" Error Unreadable "there is no such type";
    GW0401 "unwritten-state" Warning Service "a policy does not say whether it is enforced";
    GW0402 "wide-exclusion" Warning Service "a device filter excludes every unregistered device";
    GW0403 "unguarded-extension-attribute" Warning Service "an extension attribute is hidden for unmanaged devices";
    GW0404 "compliance-compared-with-false" Warning Service "`isCompliant -eq False` misses devices that nothing manages";
    GW0405 "unregistered-device-escapes" Warning Service "a blocking policy never meets unregistered devices";
    GW0406 "lock-out" Error Service "a policy blocks everybody from everything";
    GW0407 "no-break-glass" Warning Service "a blocking policy for all users excludes nobody";
    GW0408 "block-with-grant" Error Service "access is blocked and granted";
    GW0409 "mfa-with-strength" Error Service "multifactor authentication is required twice";
    GW0410 "risk-gap" Warning Service "a list of risk levels leaves out a higher one";
    GW0411 "frequency-out-of-range" Error Service "a sign-in frequency is outside what the service takes";
    GW0412 "never-true" Warning Service "a condition is never true";
    GW0413 "always-true" Warning Service "a condition is always true";
    GW0414 "missing-assignment" Error Service "a policy applies to nobody or to nothing";
    GW0415 "no-effect" Error Service "a policy requires nothing, blocks nothing and controls nothing";
    GW0416 "user-editable-filter" Warning Service "a device filter asks only for what the user can change";
    GW0417 "unknown-context" Error Service "an id is no authentication context's";
    GW0418 "empty-list" Warning Service "a list with nothing in it";
    GW0419 "none-with-others" Error Service "`none` stands with others";
    GW0420 "filter-with-all" Error Service "a filter for applications stands beside all or none of them";
    GW0421 "tenants-without-guests" Error Service "tenants of guests are named, and no type of guest";
    GW0422 "several-strengths" Error Service "a policy requires two authentication strengths";
    GW0423 "many-policies" Warning Service "there are more policies than a tenant takes, or almost";
    GW0424 "long-list" Warning Service "a policy lists so many objects that it may be too large";
    GW0425 "retired-part" Warning Service "a policy uses something that is retired";
    GW0426 "device-lock-out" Warning Service "everybody needs a managed device for everything";
    GW0427 "synchronization-not-excluded" Warning Service "the directory synchronization accounts are not excluded";
    GW0428 "uncovered-exclusion" Warning Service "what a policy excludes is in no other policy";
    GW0429 "redundant-policy" Warning Service "a policy never makes a difference";
    GW0430 "unknown-compliance-platform" Error Unreadable "a compliance policy is for no known platform";
    GW0431 "setting-not-on-platform" Error Service "a platform has no such setting";
    GW0432 "bad-compliance-clause" Error Unreadable "a clause of a compliance policy cannot be understood";
    GW0433 "setting-out-of-place" Error Unreadable "settings and other conditions are mixed up";
    GW0434 "compliance-not-assignable" Error Unreadable "a compliance policy is assigned to something else than users and groups";
    GW0435 "compliance-assigned-to-nobody" Warning Service "a compliance policy is assigned to nobody";
    GW0436 "grace-too-long" Error Service "something happens to a noncompliant device more than a year late";
    GW0437 "no-block-action" Warning Service "a compliance policy never marks a device as noncompliant";
    GW0438 "compliance-asks-for-nothing" Warning Service "a compliance policy asks for nothing";
    GW0439 "compliance-not-reached" Warning Service "a compliant device is required where no compliance policy reaches";
    GW0440 "assignment-filter" Warning Service "an assignment of a compliance policy has a filter that is carried, not evaluated";
    GW0441 "legacy-risk-policy" Warning Service "a risk policy of Identity Protection is translated";
    GW0442 "requirement-not-expressible" Error Service "a requirement is nothing that Intune can ask for";
    GW0450 "activesync-beyond-exchange" Error Service "a policy lets Exchange ActiveSync into something else than Exchange";
    GW0451 "activesync-for-everybody" Warning Service "a policy for Exchange ActiveSync names no users or groups";
    GW0452 "activesync-condition" Warning Service "a policy for Exchange ActiveSync has another condition than platforms";
    GW0453 "legacy-client-cannot-answer" Warning Service "a legacy client is asked for what it cannot give";
    GW0454 "legacy-client-has-no-device" Warning Service "a legacy client is asked for a managed device";
    GW0455 "app-control-on-desktop" Error Service "macOS or Linux is asked for a protected application";
    GW0456 "app-control-elsewhere" Warning Service "a platform without protected applications is asked for one";
    GW0457 "domain-join-elsewhere" Warning Service "a platform that joins no domain is asked for a hybrid joined device";
    GW0458 "platform-guards-grant" Warning Service "a requirement depends on the platform alone";
    GW0459 "unknown-platforms-open" Hint Service "no policy blocks platforms that the service does not know";
    GW0460 "platform-left-out" Warning Service "a platform is excluded and no other policy covers it";
    GW0461 "single-office-apps" Hint Service "single applications of Office 365 are named";
    GW0462 "sibling-apps-differ" Warning Service "applications that depend on each other have different requirements";
    GW0463 "portals-without-browser" Warning Service "the admin portals are meant where no browser is";
    GW0464 "exclusion-opens-baseline" Warning Service "a policy for all resources excludes some";
    GW0465 "graph-excluded" Warning Service "an exclusion of Microsoft Graph has no effect";
    GW0466 "client-as-target" Error Service "a client application is named as a resource";
    GW0467 "user-and-sign-in-risk" Warning Service "user risk and sign-in risk are in one policy";
    GW0468 "custom-control" Warning Service "custom controls are deprecated and prove little";
    GW0469 "exclusion-groups-unprotected" Warning Service "who may change the excluded groups is not known";
    GW0470 "password-change-alone" Error Service "a password change is required without multifactor authentication";
    GW0471 "password-change-elsewhere" Error Service "a password change is required beyond user risk in all resources";
    GW0472 "password-change-with-strength" Warning Service "a password change is required together with a strength";
    GW0473 "remediation-incomplete" Error Service "risk remediation is required without what it needs";
    GW0474 "guests-cannot-remediate" Warning Service "guests are asked to remediate their risk here";
    GW0475 "two-remediations" Warning Service "two policies remediate user risk in two ways";
    GW0476 "risky-sign-in-remembered" Hint Service "a risky sign-in need not prove itself every time";
    GW0477 "licence-needed" Warning Service "a condition needs a licence of its own";
    GW0478 "device-code-needs-device" Warning Service "the device code flow is asked for a managed device";
    GW0479 "device-registration-control" Error Service "registering a device is asked for what it cannot give";
    GW0480 "device-registration-setting" Warning Service "a setting of the tenant may get in the way of registering devices";
    GW0481 "action-in-report-only" Warning Service "a policy for user actions is in report-only mode";
    GW0482 "registration-deadlock" Warning Service "who has no method yet cannot register the first one";
    GW0483 "flow-blocked-in-part" Warning Service "the device code flow is blocked for some resources only";
    GW0484 "gps-in-report-only" Warning Service "a report-only policy asks phones for their position";
    GW0485 "workload-grant" Error Service "something is required of a workload identity";
    GW0486 "workload-condition" Error Service "a policy for workload identities has a condition of users";
    GW0487 "workloads-not-covered" Warning Service "managed identities and foreign applications are not covered";
    GW0488 "agent-policy" Error Service "a policy for agents does something else than block";
    GW0489 "persistence-for-some-apps" Error Service "persistence of the browser is set for some resources only";
    GW0490 "every-time-elsewhere" Warning Service "every sign-in is asked for where v1.0 does not document it";
    GW0491 "every-time-on-office" Warning Service "every sign-in is asked for in Microsoft 365 or the Azure portal";
    GW0492 "restrictions-elsewhere" Warning Service "an application is asked for restrictions that it does not have";
    GW0493 "token-protection-elsewhere" Warning Service "token protection is set where it is not supported";
    GW0494 "access-evaluation-off" Warning Service "continuous access evaluation is switched off in part";
    GW0495 "contradictory-sessions" Warning Service "two policies that meet contradict each other about the session";
    GW0496 "frequency-and-remembered-mfa" Warning Service "a sign-in frequency may meet remembered devices";
    GW0497 "external-users-cannot" Warning Service "external users are asked for what they cannot do here";
    GW0498 "report-only-twin" Warning Service "a report-only policy is the same as an enabled one";
    GW0499 "no-such-country" Warning Service "a code is no country's";
    GW0501 "rule-too-long" Error Service "a rule is longer than the service takes";
    GW0502 "expression-too-large" Error Unreadable "an expression is too large";
    GW0503 "nested-too-deeply" Error Unreadable "something is nested too deeply";
    GW0504 "text-too-long" Error Unreadable "a text is too long";
    GW0505 "too-many-ranges" Error Service "a named location has more ranges than the service takes";
    GW0601 "malformed-json" Error Unreadable "the text is not JSON";
    GW0602 "duplicate-member" Error Unreadable "an object has a member twice";
    GW0603 "wrong-json-type" Error Unreadable "a member has another type than Graph gives it";
    GW0604 "unknown-graph-value" Error Unreadable "a value is no member of its enumeration";
    GW0605 "unknown-future-value" Error Unreadable "the export left out a value";
    GW0606 "unreadable-range" Error Unreadable "a range of addresses or a country cannot be read";
    GW0607 "duplicate-object-id" Error Unreadable "two different objects have the same id";
    GW0608 "id-not-in-directory" Error Service "an id is not in the directory that says it is complete";
    GW0609 "unresolved-id" Warning Service "an id resolves to nothing that was read";
    GW0610 "id-is-no-guid" Warning Service "an id is no GUID";
    GW0611 "unmodelled-member" Warning Service "a member is carried, not understood";
    GW0612 "missing-state" Warning Service "a policy has no `state`";
    GW0613 "missing-graph-member" Warning Service "a member that a policy needs is missing";
    GW0614 "empty-client-types" Error Service "`clientAppTypes` is empty";
    GW0615 "spelling-not-canonical" Warning Service "a word is spelled in another case than Graph spells it";
    GW0616 "deprecated-spelling" Warning Service "a word is an old name";
    GW0617 "deprecated-device-state" Warning Service "a condition on the device state is deprecated";
    GW0618 "several-assignment-kinds" Error Service "a policy has two kinds of what it can have one of";
    GW0619 "unsupported-object" Warning Service "an object is recognised and passed over";
    GW0621 "nothing-recognised" Warning Service "a file has no object of Microsoft Graph in it";
    GW0622 "repeated-display-name" Warning Service "two objects have the same display name";
    GW0623 "host-bits-set" Hint Service "a range has bits set that it leaves open";
    GW0624 "all-with-others" Error Service "`all` stands with others";
    GW0625 "empty-include" Warning Service "a list of exclusions takes away from nothing";
    GW0626 "incomplete-control" Error Service "a control says too little to be enforced";
    GW0627 "missing-operator" Error Service "grant controls have no operator";
    GW0628 "partially-enabled" Warning Service "a policy is enabled in part";
    GW0629 "unknown-directory-member" Error Unreadable "a directory file has something that nothing reads";
    GW0630 "frequency-says-both" Error Service "a sign-in frequency says every time and a length";
    GW0631 "findings-left-out" Hint Service "there are more findings than are shown";
    GW0632 "unpublished-context" Warning Service "an authentication context is meant that no application can ask for";
    GW0633 "terms-per-device" Warning Service "a device that is not registered is asked to accept terms of use";
    GW0634 "weak-strength" Warning Service "a strength asks for less than its name says";
    GW0635 "contradictory-data" Warning Service "two lines of data tables contradict each other";
    GW0640 "graph-contradicts" Error Unreadable "a member of `graph` says something else than the clauses";
    GW0641 "inexpressible" Error Service "a policy says something that Entra cannot";
    GW0642 "stale-form" Warning Service "a policy was changed since its spelling was written down";
    GW0643 "inseparable" Error Service "a condition cannot be written as several policies";
    GW0644 "not-in-terraform" Error Service "the Terraform provider has no argument for a part of a policy";
    GW0801 "invalid-manifest" Error Unreadable "`gatewright.toml` cannot be understood";
    GW0802 "not-text" Error Unreadable "a file holds bytes that are no text";
    GW0803 "no-policies" Warning Service "there is no policy in what was given";
    GW0805 "security-defaults-with-policies" Error Service "security defaults are on, and a Conditional Access policy is enabled";
    GW0806 "policies-beside-security-defaults" Warning Service "security defaults are on, and there is a Conditional Access policy that is not enabled";
    GW0807 "nothing-in-place-of-security-defaults" Warning Service "security defaults are off, and no policy does what they do";
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
