//! What the reference evaluator says of a witness.
//!
//! SEMANTICS: §2.2, §10, §11

use gatewright_analysis::confirm::{Judge, Mode};
use gatewright_analysis::demand::Demand;
use gatewright_analysis::diff::Class;
use gatewright_hir::model::PolicySet;
use serde_json::Value;

/// The verdict where effects conflict.
const CONFLICT: &str = "conflict";

/// What a set decides at a sign-in of which nothing has been proved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// `block`, `deny`, `interrupt`, `grant` or `notApplicable`; the name of the effect under a
    /// schema of one's own, `conflict` where effects do; empty where the request cannot be decided.
    pub verdict: String,
    /// What is owed: all of the lists, of each any element.
    pub missing: Vec<Vec<String>>,
    /// The same in words, one for each list.
    pub owed: Vec<String>,
    /// The session controls, as the decision has them.
    pub session: Value,
    /// The obligations, under a schema of one's own.
    pub controls: Vec<String>,
}

/// A judge for each side.
pub(crate) struct Jury<'a>([Judge<'a>; 2]);

impl<'a> Jury<'a> {
    /// For two sets, with or without what only reports.
    pub(crate) fn new(old: &'a PolicySet, new: &'a PolicySet, counts_report_only: bool) -> Self {
        Jury([old, new].map(|set| Judge::new(set, counts_report_only)))
    }

    /// What both sides decide as it is.
    pub(crate) fn decided(&self, request: &Value) -> [Decided; 2] {
        let Jury(judges) = self;
        judges.each_ref().map(|judge| {
            let decision = judge.decide(request);
            match decision {
                Ok(decision) => Decided::of(&decision),
                Err(_) if judge.conflicts(request) => Decided {
                    verdict: CONFLICT.to_owned(),
                    ..Decided::default()
                },
                Err(_) => Decided::default(),
            }
        })
    }

    /// Whether the decisions differ, and each demand of the class is one side's and not the
    /// other's.
    pub(crate) fn confirms(&self, class: &Class, request: &Value, decided: &[Decided; 2]) -> bool {
        let Jury([old, new]) = self;
        let [before, after] = decided;
        let is_decided = !before.verdict.is_empty() && !after.verdict.is_empty();
        let dropped = class.dropped.iter().map(|demand| (demand, old, new));
        let added = class.added.iter().map(|demand| (demand, new, old));
        is_decided
            && before != after
            && dropped
                .chain(added)
                .all(|(demand, has, has_not)| match demand {
                    Demand::Clause(controls) => {
                        has.demands(controls, request, Mode::Graph) == Ok(true)
                            && has_not.demands(controls, request, Mode::Graph) == Ok(false)
                    }
                    // What a decision says of these is compared as a whole.
                    Demand::Session(_) => before.session != after.session,
                    Demand::Effect(_) | Demand::Conflict => before.verdict != after.verdict,
                    Demand::Obligation(_) => before.controls != after.controls,
                })
    }
}

impl Decided {
    fn of(decision: &Value) -> Decided {
        let texts = |list: &Value| -> Vec<String> {
            let items = list.as_array().into_iter().flatten();
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        };
        let member = |name: &str| decision.get(name).cloned().unwrap_or_default();
        let missing = member("missing");
        Decided {
            verdict: member("verdict").as_str().unwrap_or_default().to_owned(),
            missing: missing
                .as_array()
                .into_iter()
                .flatten()
                .map(texts)
                .collect(),
            owed: Vec::new(),
            session: member("session"),
            controls: texts(&member("controls")),
        }
    }
}
