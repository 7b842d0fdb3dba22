//! Putting a program together.

use gatewright_bytecode as bytecode;
use gatewright_bytecode::{Difference, Effects, Entries, Origin, Program, TargetClass};
use gatewright_decision::{
    BASELINE, ComplianceRoots, ConditionRoots, Decisions, PolicyRoots, Roots, Variable,
};
use gatewright_hir::model::{CompliancePolicy, Policy, PolicySet, Target};
use gatewright_hir::schema::{Attribute, AttributeId, Combine, Schema};
use gatewright_source::{SourceMap, Span};
use gatewright_value::vocabulary::UserAction;
use gatewright_value::{AttributeInfo, Kind};

use crate::code::{Code, emit_code};
use crate::controls::Tables;
use crate::masks::masks;
use crate::matchers::{matchers, variables};
use crate::places::Places;

/// What is written into a program besides its meaning.
#[derive(Clone, Debug)]
pub struct Options {
    /// `gatewright 0.1.0`
    pub producer: String,
    /// When there are masks.
    pub masks: MaskUse,
}

/// When a program has the mask lowering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaskUse {
    /// Where it is expected to be faster than walking.
    #[default]
    WherePaying,
    /// Wherever it is possible.
    Always,
    /// Never.
    Never,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            producer: concat!("gatewright ", env!("CARGO_PKG_VERSION")).to_owned(),
            masks: MaskUse::default(),
        }
    }
}

/// Lower a policy set and its diagrams to a program. `decisions` must have been built from `set`;
/// `sources` are the texts that its spans point into. Equal inputs give equal programs.
#[must_use]
pub fn emit(
    set: &PolicySet,
    decisions: &Decisions,
    sources: &SourceMap,
    options: &Options,
) -> Program {
    let code = emit_code(decisions);
    let places = Places::new(sources, spans(set, decisions));
    let mut tables = Tables::new(set);
    let policies = set.policies.iter().zip(&decisions.policies);
    let policies = policies
        .map(|(policy, roots)| lower(policy, roots, &code, &places, &mut tables))
        .collect();
    let matchers = matchers(&decisions.space);
    let mut program = Program {
        origin: Origin {
            schema: set.schema.name.clone(),
            is_entra: set.schema.is_entra,
            edition: set.edition.to_string(),
            producer: options.producer.clone(),
        },
        attributes: attributes(&set.schema, decisions),
        optional_entities: optional_entities(&set.schema),
        differences: differences(&set.schema),
        variables: variables(&decisions.space),
        indexes: bytecode::index::indexes(&matchers),
        matchers,
        policies,
        controls: tables.controls,
        sessions: tables.sessions,
        effects: (!set.schema.is_entra).then(|| effects(&set.schema)),
        compliance: compliance(set, decisions, &code, &places),
        masks: None,
        files: places.into_files(),
        code: code.words,
    };
    if options.masks != MaskUse::Never {
        program.masks = masks(decisions, &program);
    }
    let estimates = bytecode::estimates(&program);
    let pays = estimates
        .masks
        .is_some_and(|masks| masks < estimates.walking);
    if options.masks == MaskUse::WherePaying && !pays {
        program.masks = None;
    }
    program
}

fn spans<'a>(set: &'a PolicySet, decisions: &'a Decisions) -> impl Iterator<Item = Span> + 'a {
    let conditions = decisions
        .policies
        .iter()
        .flat_map(|policy| &policy.conditions);
    let requirements = decisions
        .compliance
        .iter()
        .flat_map(|policy| &policy.requirements);
    let of_compliance = set.compliance.policies.iter().map(|p| p.name_span);
    set.policies
        .iter()
        .map(|p| p.name_span)
        .chain(conditions.map(|condition| condition.span))
        .chain(of_compliance)
        .chain(requirements.map(|requirement| requirement.span))
}

fn lower(
    policy: &Policy,
    built: &PolicyRoots,
    code: &Code,
    places: &Places<'_>,
    tables: &mut Tables<'_>,
) -> bytecode::Policy {
    let outcome = &policy.outcome;
    let conditions = built
        .conditions
        .iter()
        .map(|condition| bytecode::Condition {
            reason: condition.reason,
            certain: code.entry(condition.roots.certain),
            possible: code.entry(condition.roots.possible),
            place: places.place(condition.span),
        });
    bytecode::Policy {
        id: policy.id.clone(),
        display_name: policy.display_name.clone(),
        state: policy.state,
        place: places.place(policy.name_span),
        certain: code.entry(built.roots.certain),
        possible: code.entry(built.roots.possible),
        conditions: conditions.collect(),
        is_block: outcome.is_block,
        clauses: outcome
            .requirement
            .as_ref()
            .map(|r| tables.clauses(r))
            .unwrap_or_default(),
        session: tables.session(&outcome.session),
        target: target_class(policy),
        effect: outcome.effect.map(|effect| effect.0),
    }
}

/// The compliance policies, where there are any.
fn compliance(
    set: &PolicySet,
    decisions: &Decisions,
    code: &Code,
    places: &Places<'_>,
) -> Option<bytecode::Compliance> {
    let entries = |roots: Roots| Entries {
        certain: code.entry(roots.certain),
        possible: code.entry(roots.possible),
    };
    let requirement = |built: &ConditionRoots| bytecode::Requirement {
        entries: entries(built.roots),
        place: places.place(built.span),
    };
    let lower =
        |(policy, built): (&CompliancePolicy, &ComplianceRoots)| bytecode::CompliancePolicy {
            id: policy.id.clone(),
            display_name: policy.display_name.clone(),
            place: places.place(policy.name_span),
            platform: policy.platform,
            grace_hours: policy.grace_hours(),
            assigned: entries(built.assigned),
            met: entries(built.met),
            requirements: built.requirements.iter().map(requirement).collect(),
        };
    let policies = set.compliance.policies.iter().zip(&decisions.compliance);
    let policies: Vec<_> = policies.map(lower).collect();
    (!policies.is_empty()).then_some(bytecode::Compliance {
        policies,
        is_secure_by_default: set.compliance.is_secure_by_default,
        check_in_days: set.compliance.check_in_days,
    })
}

/// What the combination of decisions needs to know: strengths that are required for registering
/// security information take the place of those required for resources.
fn target_class(policy: &Policy) -> TargetClass {
    match policy
        .assignments
        .as_ref()
        .map(|assignments| &assignments.target)
    {
        Some(Target::Apps(_)) => TargetClass::Apps,
        Some(Target::Actions(actions))
            if actions.members.contains(&UserAction::RegisterSecurityInfo) =>
        {
            TargetClass::SecurityInfo
        }
        _ => TargetClass::Other,
    }
}

fn attributes(schema: &Schema, decisions: &Decisions) -> Vec<AttributeInfo> {
    let info = |attribute: &Attribute| AttributeInfo {
        name: attribute.name.clone(),
        kind: attribute.kind.clone(),
        is_optional: attribute.is_optional,
    };
    let mut found: Vec<AttributeInfo> = schema.attributes.iter().map(info).collect();
    let is_asked = |variable: &Variable| schema.attribute(variable.attribute).is_none();
    if decisions.space.variables.iter().any(is_asked) {
        found.push(AttributeInfo {
            name: BASELINE.to_owned(),
            kind: Kind::Set(Box::new(Kind::Record)),
            is_optional: false,
        });
    }
    found
}

/// The attributes that are computed from two others.
fn differences(schema: &Schema) -> Vec<Difference> {
    let row = |(attribute, info): (u32, &Attribute)| {
        let (AttributeId(minuend), AttributeId(subtrahend)) = info.difference?;
        Some(Difference {
            attribute,
            minuend,
            subtrahend,
        })
    };
    (0..).zip(&schema.attributes).filter_map(row).collect()
}

fn optional_entities(schema: &Schema) -> Vec<String> {
    let optional = schema.entities.iter().filter(|entity| entity.is_optional);
    optional.map(|entity| entity.name.clone()).collect()
}

fn effects(schema: &Schema) -> Effects {
    Effects {
        names: schema
            .effects
            .iter()
            .map(|effect| effect.name.clone())
            .collect(),
        combine: match schema.combine {
            Combine::Strongest => bytecode::Combine::Strongest,
            Combine::Least => bytecode::Combine::Least,
            Combine::Union => bytecode::Combine::Union,
            Combine::Conflict => bytecode::Combine::Conflict,
        },
        // A schema without `otherwise` is reported earlier; the weakest effect stands in.
        otherwise: schema.otherwise.map_or(0, |effect| effect.0),
    }
}
