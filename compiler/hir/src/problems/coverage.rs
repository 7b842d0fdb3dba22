//! What only a whole set shows, in words.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;

/// More policies than a tenant takes.
pub(crate) fn many_policies(span: Span, count: usize, [older, newer]: [usize; 2]) -> Diagnostic {
    let message = if count > newer {
        format!("{count} policies are more than the {newer} that a tenant takes")
    } else {
        format!("{count} policies are more than {older}, which some tenants take at most")
    };
    Diagnostic::new(codes::GW0423, span, message)
        .because("the first one too many; disabled ones count too")
        .help("merge policies that differ in their users only, or remove disabled ones")
}

/// The synchronization accounts, asked for something.
pub(crate) fn synchronization(users: Span) -> Diagnostic {
    let message = "the accounts that synchronize the directory are asked for this too";
    Diagnostic::new(codes::GW0427, users, message)
        .because("everybody, them included")
        .help("exclude the role `DirectorySynchronizationAccounts`")
}

/// Something that is excluded and covered nowhere.
pub(crate) fn uncovered_exclusion(span: Span) -> Diagnostic {
    let message = "what is excluded here is in no other enabled policy";
    Diagnostic::new(codes::GW0428, span, message)
        .because("nothing is asked of it anywhere")
        .help("write a policy for it, or allow this for emergency accounts")
}

/// Groups that decide who is excluded.
pub(crate) fn exclusion_groups(span: Span) -> Diagnostic {
    let message = "whoever may change this group decides whom the policies leave out";
    Diagnostic::new(codes::GW0469, span, message)
        .because("a group that is excluded")
        .help(
            "see that groups that are excluded can be assigned to roles, or are otherwise guarded",
        )
}

/// No policy for unknown platforms.
pub(crate) fn unknown_platforms(span: Span) -> Diagnostic {
    let message = "no enabled policy blocks platforms that the service does not know";
    Diagnostic::new(codes::GW0459, span, message)
        .because("the first enabled policy")
        .help("block all platforms except those that are in use")
}

/// A platform that nothing covers.
pub(crate) fn platform_left_out(span: Span, platform: &str) -> Diagnostic {
    let message = format!("no other enabled policy asks anything on `{platform}`");
    Diagnostic::new(codes::GW0460, span, message)
        .because("left out here")
        .help("write a policy for this platform, or leave the exclusion out")
}

/// A large set, of which not all was compared.
pub(crate) fn not_compared(span: Span) -> Diagnostic {
    let message = "the set is too large to compare every pair of policies";
    Diagnostic::new(codes::GW0631, span, message)
        .because("platforms that are left out were looked for in part of the set only")
}

/// A single application of Office.
pub(crate) fn single_office_apps(span: Span) -> Diagnostic {
    let message = "the applications of Office 365 depend on each other";
    Diagnostic::new(codes::GW0461, span, message)
        .because("one of them")
        .help("name `Office365`, and exclude what is not meant")
        .fix("write `Office365`", Applicability::Maybe, span, "Office365")
}

/// An application with a requirement that its siblings do not have.
pub(crate) fn siblings(span: Span, sibling: &str) -> Diagnostic {
    let message = format!("{sibling}, which this application works with, is not treated so");
    Diagnostic::new(codes::GW0462, span, message)
        .because("treated in another way than the services behind it")
        .help("name `Office365`, or treat all of Exchange, SharePoint and Teams alike")
}

/// Two ways to remediate user risk.
pub(crate) fn two_remediations(change: Span, remediation: Span) -> Diagnostic {
    let message = "a password change is not asked of whom risk remediation is asked of";
    Diagnostic::new(codes::GW0475, change, message)
        .because("requires a password change")
        .label(remediation, "requires risk remediation, which wins")
        .help("use risk remediation for everybody: it also serves users without a password")
}

/// A condition with a licence of its own.
pub(crate) fn licence(span: Span, what: &str, licence: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0477, span, format!("{what} needs {licence}"))
        .because("never met in a tenant without it")
        .help("see that the tenant has the licence")
}

/// A frequency beside remembered devices.
pub(crate) fn remembered_mfa(session: Span) -> Diagnostic {
    let message =
        "a sign-in frequency and devices that remember a second factor do not go together";
    Diagnostic::new(codes::GW0496, session, message)
        .because("a sign-in frequency")
        .help("see that remembering on trusted devices is switched off in the tenant")
}

/// Workloads that no policy covers.
pub(crate) fn workloads_not_covered(span: Span) -> Diagnostic {
    let message = "managed identities and applications of other tenants are not covered by this";
    Diagnostic::new(codes::GW0487, span, message)
        .because("service principals of a single tenant only")
        .help("guard the others with access reviews and their own tenant's policies")
}
