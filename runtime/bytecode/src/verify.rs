//! The verifier: whether a program is fit to run. It trusts nothing.
//!
//! What runs a program relies on these invariants and on nothing else. A program that keeps them
//! ends after at most [`Costs::instructions_max`] instructions for every request, reads no word and
//! no row that is not there, and never meets a variable that has no class.
//!
//! **Sizes.** Every list is within the LIMITs of [`limits`].
//!
//! **Code.** From word 0 on, instruction follows instruction up to the end of the code, every one
//! of a known operation and complete. A target is the start of an instruction and lies after the
//! instruction that names it. A tested variable exists. A `range` has `first ≤ last` within the
//! variable's classes; a `switch` has at least one row, the first from class 0, firsts ascending
//! and within the classes; a `table` has exactly one target per class.
//!
//! **Variables.** A variable's attribute exists; it has at least two classes, the last one being
//! *unknown*; the class of null is not that one. Every variable is set by exactly one matcher, and
//! by one of its own attribute.
//!
//! **Matchers.** The attribute exists and is of a type that the matcher can read; texts are folded,
//! sorted and without repetition where they are looked up; classes that they yield are classes of
//! values, never *unknown*; starts ascend; variables of rows are Boolean (three classes); places of
//! target sets exist and ascend; a predicate leaves exactly one result, needs no deeper stack than
//! there is, and compares with texts that are folded and, for equality, ascend.
//!
//! **Indexes.** Attributes ascend and have constants; every constant has a slot of its own.
//!
//! **Policies.** Entries are starts of instructions; files, controls, sessions and effects exist; a
//! clause is not empty and names its controls in ascending order.
//!
//! **Controls.** No combination of a strength is empty (it would satisfy the strength with
//! nothing), and none has a bit that is no method.
//!
//! **Compliance.** Entries are starts of instructions and files exist, as for policies; only the
//! schema of Conditional Access has compliance policies, and at least one if any.
//!
//! **Masks.** Every policy that is not disabled has exactly one lane, ascending in one block; blocks are
//! as many as the lanes take. Residual lanes, slots' matchers and the segments of a cell ascend, and
//! exist. A block has a base for each slot, without bits beyond its last lane, and none where the
//! slot forbids; its opener permits and has a base of none. Every outcome of every matcher has a
//! cell or none, and a slot lists each matcher that brings bits to it.
//!
//! **Schema.** The schema of Conditional Access has no effects of its own and no controls of its
//! own; any other schema has effects, and the effect without a policy is one of them. A record is
//! an element of a set. A difference is a duration that can be null, of two date-times.
//!
//! That patterns are readable is found out when a verified program is loaded for running, because
//! only then are they compiled; the number and length of them are bounded here.

mod masks;

use gatewright_value::vocabulary::Method;
use gatewright_value::{FieldComparison, Kind, Predicate, fold};

use crate::costs::{Costs, costs};
use crate::limits;
use crate::op::{Instruction, instructions};
use crate::program::{CompliancePolicy, Control, Entries, Matcher, Place, Policy, Program};

/// Why a program is not fit to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {rule}")]
pub struct VerifyError {
    /// Where: `code word 12`, ``policy 3 (`Block legacy authentication`)``.
    pub place: String,
    /// The rule that is broken, in words.
    pub rule: String,
}

/// A program that is fit to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    program: Program,
    costs: Costs,
}

impl Verified {
    /// Verify a program.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn new(program: Program) -> Result<Verified, VerifyError> {
        let costs = verify(&program)?;
        Ok(Verified { program, costs })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What running it costs at worst.
    #[must_use]
    pub fn costs(&self) -> &Costs {
        &self.costs
    }

    /// Both parts, no longer verified.
    #[must_use]
    pub fn into_parts(self) -> (Program, Costs) {
        (self.program, self.costs)
    }
}

/// Whether a program is fit to run, and what running it costs at worst.
///
/// Linear in the size of the program.
///
/// # Errors
/// The first rule that is broken.
pub fn verify(program: &Program) -> Result<Costs, VerifyError> {
    sizes(program)?;
    schema(program)?;
    variables(program)?;
    matchers(program)?;
    let rule = crate::index::broken_rule(program);
    ensure(
        rule.is_none(),
        || "indexes".to_owned(),
        rule.unwrap_or_default(),
    )?;
    let starts = code(program)?;
    controls(program)?;
    policies(program, &starts)?;
    compliance(program, &starts)?;
    masks::masks(program)?;
    Ok(costs(program))
}

type Check = Result<(), VerifyError>;

fn ensure(holds: bool, place: impl FnOnce() -> String, rule: impl Into<String>) -> Check {
    if holds {
        Ok(())
    } else {
        Err(VerifyError {
            place: place(),
            rule: rule.into(),
        })
    }
}

fn sizes(program: &Program) -> Check {
    let rows = [
        (
            "attributes",
            program.attributes.len(),
            limits::ATTRIBUTES_MAX,
        ),
        ("variables", program.variables.len(), limits::VARIABLES_MAX),
        ("matchers", program.matchers.len(), limits::VARIABLES_MAX),
        ("code words", program.code.len(), limits::CODE_WORDS_MAX),
        ("policies", program.policies.len(), limits::POLICIES_MAX),
        ("controls", program.controls.len(), limits::CONTROLS_MAX),
        (
            "session controls",
            program.sessions.len(),
            limits::POLICIES_MAX,
        ),
        ("files", program.files.len(), limits::FILES_MAX),
        (
            "compliance policies",
            program.compliance_policies().len(),
            limits::POLICIES_MAX,
        ),
    ];
    for (what, count, max) in rows {
        ensure(
            count <= max,
            || "program".to_owned(),
            format!("{count} {what} are more than the {max} that are allowed"),
        )?;
    }
    Ok(())
}

fn schema(program: &Program) -> Check {
    let place = || format!("schema `{}`", program.origin.schema);
    for (number, attribute) in program.attributes.iter().enumerate() {
        let is_flat = !matches!(&attribute.kind, Kind::Set(of) if matches!(**of, Kind::Set(_)));
        let place = || format!("attribute {number} (`{}`)", attribute.name);
        ensure(is_flat, place, "a set of sets is no type of the language")?;
        let is_element = attribute.kind != Kind::Record;
        ensure(is_element, place, "a record is an element of a set")?;
    }
    differences(program)?;
    let Some(effects) = &program.effects else {
        return ensure(
            program.origin.is_entra,
            place,
            "a schema of one's own has effects",
        );
    };
    ensure(
        !program.origin.is_entra,
        place,
        "the schema of Conditional Access has no effects",
    )?;
    ensure(
        (effects.otherwise as usize) < effects.names.len(),
        place,
        "the effect without a policy is none of the effects",
    )
}

fn differences(program: &Program) -> Check {
    let place = || "differences".to_owned();
    let rows = &program.differences;
    ensure(
        rows.is_sorted_by(|a, b| a.attribute < b.attribute),
        place,
        "their attributes do not ascend",
    )?;
    let attribute = |number: u32| program.attributes.get(number as usize);
    let is_instant = |number| attribute(number).is_some_and(|row| row.kind == Kind::DateTime);
    for row in rows {
        ensure(
            attribute(row.attribute).is_some_and(|a| a.kind == Kind::Duration && a.is_optional),
            place,
            "a difference is no duration that can be null",
        )?;
        ensure(
            is_instant(row.minuend) && is_instant(row.subtrahend),
            place,
            "a difference is not of two date-times",
        )?;
    }
    Ok(())
}

fn variables(program: &Program) -> Check {
    for (number, variable) in program.variables.iter().enumerate() {
        let place = || format!("variable {number} (`{}`)", variable.name);
        ensure(
            (variable.attribute as usize) < program.attributes.len(),
            place,
            "its attribute does not exist",
        )?;
        ensure(
            (2..=limits::CLASSES_MAX).contains(&variable.class_count),
            place,
            format!("a variable has from 2 to {} classes", limits::CLASSES_MAX),
        )?;
        ensure(
            variable
                .null_class
                .is_none_or(|class| class < variable.unknown_class()),
            place,
            "the class of null is not a class of values",
        )?;
    }
    Ok(())
}

/// What the matchers set, while they are checked.
struct Setters<'a> {
    program: &'a Program,
    is_set: Vec<bool>,
    place: String,
    attribute: u32,
}

impl Setters<'_> {
    fn ensure(&self, holds: bool, rule: impl Into<String>) -> Check {
        ensure(holds, || self.place.clone(), rule)
    }

    /// One matcher sets this variable; the result is its class count.
    fn set(&mut self, variable: u32) -> Result<u32, VerifyError> {
        let at = variable as usize;
        let row = self.program.variables.get(at).zip(self.is_set.get_mut(at));
        let Some((row, is_set)) = row else {
            self.ensure(false, format!("variable {variable} does not exist"))?;
            return Ok(0);
        };
        // PERF: sets have a variable for each element, so words are made only where a rule is broken.
        let broken = if std::mem::replace(is_set, true) {
            "set twice"
        } else if row.attribute != self.attribute {
            "about another attribute"
        } else {
            return Ok(row.class_count);
        };
        self.ensure(false, format!("variable {variable} is {broken}"))?;
        Ok(0)
    }

    fn set_boolean(&mut self, variable: u32) -> Check {
        match self.set(variable)? {
            3 => Ok(()),
            count => self.ensure(
                false,
                format!("variable {variable} has {count} classes, not 3"),
            ),
        }
    }

    fn texts<'t>(&self, texts: impl Iterator<Item = &'t String> + Clone) -> Check {
        self.ensure(
            texts.clone().is_sorted_by(|a, b| a < b),
            "its texts do not ascend",
        )?;
        self.folded(texts)
    }

    fn folded<'t>(&self, mut texts: impl Iterator<Item = &'t String>) -> Check {
        self.ensure(
            texts.all(|text| fold(text) == text.as_str()),
            "a text is not folded",
        )
    }

    fn classes(&self, rows: &[(String, u32)], class_count: u32) -> Check {
        let is_value = |class: u32| class < class_count.saturating_sub(1);
        self.ensure(
            rows.iter().all(|row| is_value(row.1)),
            "a class is not a class of values",
        )
    }

    fn predicate(&self, predicate: &Predicate) -> Check {
        self.ensure(
            predicate.is_within_limits(),
            "a predicate leaves not one result, or is too long or too deep",
        )?;
        for question in predicate.questions() {
            self.folded(std::iter::once(&question.field))?;
            self.folded(question.comparison.texts().iter())?;
            // A part of a list is looked up as a whole element.
            if let FieldComparison::OneOf(texts) | FieldComparison::Contains(texts) =
                &question.comparison
            {
                self.texts(texts.iter())?;
            }
        }
        let mut patterns = predicate.patterns();
        self.ensure(
            patterns.all(|pattern| pattern.len() <= limits::PATTERN_BYTES_MAX),
            "a pattern is too long",
        )
    }

    fn sets(&self, sets: &[u32], count: usize) -> Check {
        self.ensure(
            sets.is_sorted_by(|a, b| a < b),
            "the target sets of a row do not ascend",
        )?;
        let exist = sets.iter().all(|set| (*set as usize) < count);
        self.ensure(exist, "a target set does not exist")
    }
}

fn matchers(program: &Program) -> Check {
    let is_set = vec![false; program.variables.len()];
    let mut setters = Setters {
        program,
        is_set,
        place: String::new(),
        attribute: 0,
    };
    let mut pattern_count = 0;
    for (number, matcher) in program.matchers.iter().enumerate() {
        let attribute = matcher.attribute();
        setters.attribute = attribute;
        setters.place = format!("matcher {number}");
        let Some(info) = program.attributes.get(attribute as usize) else {
            return setters.ensure(false, "its attribute does not exist");
        };
        setters.place = format!("matcher {number} (`{}`)", info.name);
        let is_readable = match matcher {
            Matcher::Boolean { .. } => info.kind == Kind::Boolean,
            Matcher::Text { .. } | Matcher::TextParts { .. } => info.kind.is_text(),
            Matcher::Ordered { .. } => info.kind.is_ordered() || info.kind == Kind::Address,
            Matcher::Elements { .. } | Matcher::Targets { .. } | Matcher::Predicates { .. } => {
                matches!(info.kind, Kind::Set(_))
            }
        };
        setters.ensure(is_readable, "it cannot read values of the attribute's type")?;
        pattern_count += self::matcher(&mut setters, matcher)?;
    }
    let place = || "matchers".to_owned();
    ensure(
        pattern_count <= limits::PATTERNS_MAX,
        place,
        "there are too many patterns",
    )?;
    match setters.is_set.iter().position(|is_set| !is_set) {
        None => Ok(()),
        Some(unset) => ensure(false, place, format!("no matcher sets variable {unset}")),
    }
}

/// Check one matcher; the result is the number of its patterns.
fn matcher(setters: &mut Setters<'_>, matcher: &Matcher) -> Result<usize, VerifyError> {
    match matcher {
        Matcher::Boolean { variable, .. } => {
            let count = setters.set(*variable)?;
            setters.ensure(
                count == 4,
                format!("variable {variable} has {count} classes, not 4"),
            )?;
        }
        Matcher::Text {
            variable,
            exact,
            prefixes,
            ..
        } => {
            let count = setters.set(*variable)?;
            for rows in [exact, prefixes] {
                setters.texts(rows.iter().map(|row| &row.0))?;
                setters.classes(rows, count)?;
            }
        }
        Matcher::TextParts {
            contains,
            suffixes,
            patterns,
            ..
        } => {
            setters.folded(contains.iter().chain(suffixes).map(|row| &row.0))?;
            let is_short = |row: &(String, u32)| row.0.len() <= limits::PATTERN_BYTES_MAX;
            setters.ensure(patterns.iter().all(is_short), "a pattern is too long")?;
            for row in contains.iter().chain(suffixes).chain(patterns) {
                setters.set_boolean(row.1)?;
            }
            return Ok(patterns.len());
        }
        Matcher::Ordered {
            variable,
            starts,
            classes,
            ..
        } => {
            let count = setters.set(*variable)?;
            setters.ensure(
                starts.is_sorted_by(|a, b| a < b),
                "its starts do not ascend",
            )?;
            // One cell more than starts, and *unknown* after their classes.
            let (cells, unknown) = (starts.len() + 1, count.saturating_sub(1));
            let fits = match classes.as_slice() {
                [] => cells <= unknown as usize,
                named => named.len() == cells && named.iter().all(|class| *class < unknown),
            };
            setters.ensure(fits, "it yields classes that the variable does not have")?;
        }
        Matcher::Elements { elements, .. } => {
            setters.texts(elements.iter().map(|row| &row.0))?;
            for row in elements {
                setters.set_boolean(row.1)?;
            }
        }
        Matcher::Targets {
            variables,
            elements,
            others,
            uncertain,
            ..
        } => {
            for variable in variables {
                setters.set_boolean(*variable)?;
            }
            setters.texts(elements.iter().map(|row| &row.0))?;
            let lists = elements.iter().map(|row| &row.1).chain([others, uncertain]);
            for sets in lists {
                setters.sets(sets, variables.len())?;
            }
        }
        Matcher::Predicates { predicates, .. } => {
            let mut pattern_count = 0;
            for (predicate, variable) in predicates {
                setters.set_boolean(*variable)?;
                setters.predicate(predicate)?;
                pattern_count += predicate.patterns().count();
            }
            return Ok(pattern_count);
        }
    }
    Ok(0)
}

/// Check the code; the result says of every word whether an instruction starts there.
fn code(program: &Program) -> Result<Vec<bool>, VerifyError> {
    let code = &program.code;
    let mut starts = vec![false; code.len()];
    for step in instructions(code) {
        match step {
            Ok((at, _)) => {
                if let Some(start) = starts.get_mut(at as usize) {
                    *start = true;
                }
            }
            Err(at) => ensure(
                false,
                || format!("code word {at}"),
                "no instruction starts here",
            )?,
        }
    }
    for (at, instruction) in instructions(code).flatten() {
        operands(program, &instruction).map_err(|rule| VerifyError {
            place: format!("code word {at}"),
            rule: rule.to_owned(),
        })?;
        for target in instruction.targets() {
            if target <= at || !starts.get(target as usize).copied().unwrap_or(false) {
                return Err(VerifyError {
                    place: format!("code word {at}"),
                    rule: format!("the target {target} is not the start of a later instruction"),
                });
            }
        }
    }
    Ok(starts)
}

fn operands(program: &Program, instruction: &Instruction<'_>) -> Result<(), &'static str> {
    let classes = |variable: u32| {
        let row = program
            .variables
            .get(variable as usize)
            .ok_or("the variable does not exist")?;
        Ok(row.class_count)
    };
    let (holds, rule) = match *instruction {
        Instruction::Reject | Instruction::Accept => (true, ""),
        Instruction::Range {
            variable,
            first,
            last,
            ..
        } => {
            let count = classes(variable)?;
            (
                first <= last && last < count,
                "the range is not one of classes",
            )
        }
        Instruction::Switch { variable, rows } => {
            let count = classes(variable)?;
            let ascend = rows.is_sorted_by(|a, b| a[0] < b[0]);
            let within = rows.last().is_some_and(|row| row[0] < count);
            let is_total = rows.first().is_some_and(|row| row[0] == 0);
            (
                ascend && within && is_total,
                "the rows do not ascend from class 0",
            )
        }
        Instruction::Table { variable, targets } => {
            let count = classes(variable)?;
            (
                targets.len() == count as usize,
                "there is not one target per class",
            )
        }
    };
    if holds { Ok(()) } else { Err(rule) }
}

fn controls(program: &Program) -> Check {
    let methods = Method::ALL
        .iter()
        .fold(0, |bits, method| bits | crate::method_bit(*method));
    for (number, control) in program.controls.iter().enumerate() {
        let place = || format!("control {number}");
        match control {
            Control::Strength { combinations, .. } => {
                let is_combination = |bits: &u32| *bits != 0 && bits & !methods == 0;
                ensure(
                    combinations.iter().all(is_combination),
                    place,
                    "a combination is empty or has a bit that is no method",
                )?;
            }
            Control::Own(_) => {
                ensure(
                    !program.origin.is_entra,
                    place,
                    "it belongs to another schema",
                )?;
            }
            Control::BuiltIn(_) | Control::Terms(_) | Control::Custom(_) => {}
        }
    }
    Ok(())
}

fn compliance(program: &Program, starts: &[bool]) -> Check {
    let Some(compliance) = &program.compliance else {
        return Ok(());
    };
    let place = || "compliance".to_owned();
    ensure(
        program.origin.is_entra,
        place,
        "a schema of one's own has no compliance policies",
    )?;
    ensure(
        !compliance.policies.is_empty(),
        place,
        "there are no compliance policies",
    )?;
    for (number, policy) in compliance.policies.iter().enumerate() {
        let place = || format!("compliance policy {number} (`{}`)", policy.display_name);
        let checked = compliance_policy(program, starts, policy);
        ensure(checked.is_ok(), place, checked.err().unwrap_or_default())?;
    }
    Ok(())
}

fn compliance_policy(
    program: &Program,
    starts: &[bool],
    policy: &CompliancePolicy,
) -> Result<(), &'static str> {
    let is_start = |entry: u32| starts.get(entry as usize).copied().unwrap_or(false);
    let requirements = &policy.requirements;
    if requirements.len() > limits::CONDITIONS_MAX {
        return Err("it has too many requirements");
    }
    let whole = [policy.assigned, policy.met];
    let mut entries = requirements.iter().map(|row| row.entries).chain(whole);
    if !entries.all(|Entries { certain, possible }| is_start(certain) && is_start(possible)) {
        return Err("an entry is not the start of an instruction");
    }
    let is_place =
        |place: Place| (place.file as usize) < program.files.len() || place == Place::default();
    let mut places = requirements
        .iter()
        .map(|row| row.place)
        .chain([policy.place]);
    if places.all(is_place) {
        Ok(())
    } else {
        Err("the file of a place does not exist")
    }
}

fn policies(program: &Program, starts: &[bool]) -> Check {
    for (number, policy) in program.policies.iter().enumerate() {
        let checked = self::policy(program, starts, policy);
        checked.map_err(|rule| VerifyError {
            place: format!("policy {number} (`{}`)", policy.display_name),
            rule,
        })?;
    }
    Ok(())
}

fn policy(program: &Program, starts: &[bool], policy: &Policy) -> Result<(), String> {
    let rule = |holds: bool, rule: &str| if holds { Ok(()) } else { Err(rule.to_owned()) };
    let is_start = |entry: u32| starts.get(entry as usize).copied().unwrap_or(false);
    let is_place =
        |place: Place| (place.file as usize) < program.files.len() || place == Place::default();
    let conditions = &policy.conditions;
    rule(
        conditions.len() <= limits::CONDITIONS_MAX,
        "it has too many conditions",
    )?;
    let entries = conditions
        .iter()
        .flat_map(|condition| [condition.certain, condition.possible]);
    let mut entries = entries.chain([policy.certain, policy.possible]);
    rule(
        entries.all(is_start),
        "an entry is not the start of an instruction",
    )?;
    let places = conditions
        .iter()
        .map(|condition| condition.place)
        .chain([policy.place]);
    rule(
        { places }.all(is_place),
        "the file of a place does not exist",
    )?;
    for clause in &policy.clauses {
        rule(!clause.is_empty(), "a clause is empty")?;
        rule(
            clause.is_sorted_by(|a, b| a < b),
            "the controls of a clause do not ascend",
        )?;
        let exist = clause
            .iter()
            .all(|control| (*control as usize) < program.controls.len());
        rule(exist, "a control does not exist")?;
    }
    let session = policy
        .session
        .is_none_or(|at| (at as usize) < program.sessions.len());
    rule(session, "its session controls do not exist")?;
    let effects = program
        .effects
        .as_ref()
        .map_or(0, |effects| effects.names.len());
    rule(
        policy
            .effect
            .is_none_or(|effect| (effect as usize) < effects),
        "its effect does not exist",
    )
}
