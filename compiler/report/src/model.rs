//! What a page shows, as plain data.
//!
//! Sentences are plain text that ends with a full stop. What stands between `backticks` is set as a
//! name, and links to the policy of that name if there is one. Policies are named by their names.

use serde::Serialize;

/// Everything on the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The heading: `Who gets in at Contoso, and how`.
    pub title: String,
    /// The tenant or project.
    pub subject: Option<String>,
    /// Which edition of the meaning of policies was used: `2026-06`.
    pub edition: String,
    /// The day of the analysis, as it is to be printed.
    pub date: String,
    /// The hash of the bundle that these policies compile to.
    pub bundle: Option<String>,
    /// What made the page, with its version.
    pub generator: String,
    /// What was taken for granted, and what was not.
    pub assumptions: Vec<Assumption>,
    /// Budgets that ended before the answer: a sentence for each.
    pub exhausted: Vec<String>,
    /// The four to six answers that come first, in this order.
    pub answers: Vec<Answer>,
    /// Properties of all sign-ins, of the project and of the library.
    pub invariants: Vec<Invariant>,
    /// The weakest way in, by persona, platform and risk.
    pub coverage: Option<Coverage>,
    /// Sign-ins at which nothing is required.
    pub gaps: Found<Gap>,
    /// Whether those who repair things can always get in.
    pub lock_out: Found<Principal>,
    /// What is wrong with policies.
    pub findings: Found<Finding>,
    /// Every policy, in this order.
    pub policies: Vec<Policy>,
    /// What the bar of a policy's effect measures, as a sentence.
    pub measure: Option<String>,
}

/// What a search brought to light, and whether that is all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found<T> {
    /// In the order in which they are shown.
    pub items: Vec<T>,
    /// Whether there may be more.
    pub extent: Extent,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            extent: Extent::NotAsked,
        }
    }
}

/// How far a search came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Extent {
    /// To the end: what is not listed does not exist.
    All,
    /// A budget ended: what was exhausted, as a sentence.
    Stopped(String),
    /// Nobody asked.
    NotAsked,
}

/// How a question about all sign-ins came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// There is a sign-in that breaks it.
    Refuted,
    /// A budget ended first.
    Unknown,
    /// It holds for every sign-in that can exist.
    Proved,
}

/// A sign-in that shows something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Witness {
    /// The sign-in in words: `A guest signs in to Office 365 with a legacy client.`
    pub sentence: String,
    /// The sign-in as a request, indented JSON.
    pub request: Option<String>,
}

/// A policy that would have covered a witness, but for one condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Nearly {
    /// Its name.
    pub policy: String,
    /// The condition that let the witness through: `leaves out the group `BreakGlass``.
    pub condition: String,
}

/// Something that was assumed of sign-ins, or could have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumption {
    /// Its short name: `legacy-has-no-device`.
    pub name: String,
    /// What it says.
    pub sentence: String,
    /// Whether it was assumed.
    pub is_on: bool,
}

/// An answer for the top of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The claim, in plain words: `Administrators always need phishing-resistant MFA`.
    pub claim: String,
    /// How it came out.
    pub verdict: Verdict,
    /// Over what it was proved, which sign-in refutes it, or what was exhausted.
    pub because: String,
}

/// Where an invariant was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// By the project itself.
    Project,
    /// In the library of controls.
    Library,
}

/// A property of all sign-ins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invariant {
    /// Its name.
    pub name: String,
    /// Who wrote it.
    pub origin: Origin,
    /// What it says.
    pub sentence: String,
    /// How it came out.
    pub verdict: Verdict,
    /// What was exhausted where nobody knows; otherwise anything worth adding.
    pub note: Option<String>,
    /// A sign-in that breaks it.
    pub witness: Option<Witness>,
    /// The policies that nearly cover the witness.
    pub nearly: Vec<Nearly>,
}

/// The weakest way to a token, by persona, platform and risk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// The columns.
    pub platforms: Vec<String>,
    /// The parts of each cell, from the least risk to the greatest.
    pub risks: Vec<String>,
    /// The rows.
    pub personas: Vec<Persona>,
}

/// A row of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Persona {
    /// `Administrators`
    pub name: String,
    /// Who they are, in few words.
    pub about: Option<String>,
    /// What lets them in.
    pub cells: Cells,
}

/// The cells of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Cells {
    /// One for each platform, in the order of the columns.
    ByPlatform(Vec<Cell>),
    /// One for all, where the platform makes no difference.
    Alike(Cell),
}

/// A cell of the matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// One for each risk, in the order of [`Coverage::risks`].
    pub by_risk: Vec<Access>,
    /// A sign-in that gets in by the weakest of these ways.
    pub witness: Option<Witness>,
}

/// The weakest thing that gets a token, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Nothing is required.
    Open,
    /// Something that proves nothing of who it is: terms of use, an approved application.
    Other,
    /// Multifactor authentication of any kind.
    Mfa,
    /// A managed device.
    ManagedDevice,
    /// Phishing-resistant multifactor authentication.
    PhishingResistant,
    /// A managed device, and multifactor authentication.
    ManagedDeviceAndMfa,
    /// Nothing gets a token.
    Blocked,
    /// A budget ended first.
    Unknown,
    /// There are no such sign-ins.
    NoSignIn,
}

/// A part of the sign-in space in which nothing is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Who can use it, if the question was asked by persona.
    pub persona: Option<String>,
    /// Which sign-ins these are.
    pub sentence: String,
    /// What holds of all of them, as a sentence: that people, resources and places are left out.
    pub except: Option<String>,
    /// Where something is required of somebody who would be among them: `If …`, a sentence each.
    pub unless: Vec<String>,
    /// One of them.
    pub witness: Option<Witness>,
    /// The policies that nearly cover it.
    pub nearly: Vec<Nearly>,
}

/// Somebody who must be able to get in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// A break-glass account or group, or `Administrators`.
    pub name: String,
    /// What was asked of them: `can get in to the admin portals from anywhere`.
    pub claim: String,
    /// How it came out.
    pub verdict: Verdict,
    /// Why: what admits them, or what keeps them out, as a sentence.
    pub because: String,
    /// A sign-in that is kept out.
    pub witness: Option<Witness>,
    /// The policies that keep it out.
    pub policies: Vec<String>,
}

/// How bad a finding is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Somebody gets in who should not, or stays out who must not.
    High,
    /// Less is protected than it seems.
    Medium,
    /// Nothing is less protected, but something is not as intended.
    Low,
    /// Good to know.
    Note,
}

/// Something that is wrong with policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How bad it is. Findings are shown worst first.
    pub severity: Severity,
    /// Its code: `GW0901`.
    pub code: Option<String>,
    /// In few words.
    pub title: String,
    /// What is wrong.
    pub sentence: String,
    /// The policies it is about.
    pub policies: Vec<String>,
    /// A sign-in that shows it.
    pub witness: Option<Witness>,
    /// What to do, as an imperative.
    pub advice: Option<String>,
}

/// The state of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// It is enforced.
    Enabled,
    /// It is evaluated and not enforced.
    ReportOnly,
    /// It is not evaluated.
    Disabled,
}

/// A policy, and what it does for the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Whom and what it is about, in few words.
    pub scope: Option<String>,
    /// What it asks for, in few words: `MFA`, `block`.
    pub asks: String,
    /// What would be different without it; with it, where it is report-only.
    pub effect: Effect,
}

/// What a policy does that no other does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Some sign-ins are decided differently.
    Changes {
        /// How many of a thousand, by [`Report::measure`]; none if nobody counted.
        share: Option<u16>,
        /// Which.
        sentence: String,
        /// One of them.
        witness: Option<Witness>,
    },
    /// Other policies ask for as much wherever it applies.
    Absorbed {
        /// These policies together.
        by: Vec<String>,
    },
    /// No sign-in meets its conditions.
    NeverApplies {
        /// Why.
        sentence: String,
    },
    /// A budget ended first: what was exhausted, as a sentence.
    Unknown(String),
    /// It is not enforced, and nobody asked what it would do.
    Off,
}
