//! What policies require, as numbers into shared tables.

use gatewright_bytecode::{self as bytecode, method_bit};
use gatewright_hir::model::{Control, PolicySet, Requirement, Strength};
use gatewright_hir::schema::ControlId;
use gatewright_value::vocabulary::Method;
use gatewright_value::{SessionControls, fold};
use rustc_hash::FxHashMap;

/// The tables of controls and session controls, each entry once, in the order of first appearance;
/// controls of a schema of one's own in declared order.
pub(crate) struct Tables<'s> {
    set: &'s PolicySet,
    strength_by_id: FxHashMap<String, &'s Strength>,
    number_by_control: FxHashMap<Control, u32>,
    number_by_session: FxHashMap<SessionControls, u32>,
    pub(crate) controls: Vec<bytecode::Control>,
    pub(crate) sessions: Vec<SessionControls>,
}

impl<'s> Tables<'s> {
    pub(crate) fn new(set: &'s PolicySet) -> Tables<'s> {
        let by_id = set
            .strengths
            .iter()
            .rev()
            .map(|strength| (fold(&strength.id).into_owned(), strength));
        let mut tables = Tables {
            set,
            strength_by_id: by_id.collect(),
            number_by_control: FxHashMap::default(),
            number_by_session: FxHashMap::default(),
            controls: Vec::new(),
            sessions: Vec::new(),
        };
        if !set.schema.is_entra {
            // Decisions list the controls of a schema of one's own in declared order.
            for (id, _) in (0u32..).zip(&set.schema.controls) {
                tables.control(&Control::Own(ControlId(id)));
            }
        }
        tables
    }

    /// All of these clauses must hold, of each any control: `all` makes a clause per control, `any`
    /// one for all of them.
    pub(crate) fn clauses(&mut self, requirement: &Requirement) -> Vec<Vec<u32>> {
        let mut numbers: Vec<u32> = requirement
            .controls
            .iter()
            .map(|control| self.control(control))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() {
            Vec::new()
        } else if requirement.is_all {
            numbers.into_iter().map(|number| vec![number]).collect()
        } else {
            vec![numbers]
        }
    }

    /// The number of the policy's session controls, if it has any.
    pub(crate) fn session(&mut self, session: &SessionControls) -> Option<u32> {
        if session.is_empty() {
            return None;
        }
        let next = u32::try_from(self.sessions.len()).ok()?;
        let number = *self
            .number_by_session
            .entry(session.clone())
            .or_insert(next);
        if number == next {
            self.sessions.push(session.clone());
        }
        Some(number)
    }

    fn control(&mut self, control: &Control) -> u32 {
        let next = u32::try_from(self.controls.len()).unwrap_or(u32::MAX);
        let number = *self
            .number_by_control
            .entry(folded(control))
            .or_insert(next);
        if number == next {
            let lowered = self.lower(control);
            self.controls.push(lowered);
        }
        number
    }

    fn lower(&self, control: &Control) -> bytecode::Control {
        match control {
            Control::BuiltIn(control) => bytecode::Control::BuiltIn(*control),
            Control::Strength(id) => match self.strength_by_id.get(fold(id).as_ref()) {
                Some(strength) => bytecode::Control::Strength {
                    id: strength.id.clone(),
                    combinations: combinations(strength),
                },
                None => bytecode::Control::Strength {
                    id: id.clone(),
                    combinations: Vec::new(),
                },
            },
            Control::Terms(id) => bytecode::Control::Terms(id.clone()),
            Control::Custom(id) => bytecode::Control::Custom(id.clone()),
            Control::Own(id) => {
                let declared = self.set.schema.controls.get(id.0 as usize);
                bytecode::Control::Own(declared.map(|c| c.name.clone()).unwrap_or_default())
            }
        }
    }
}

/// Ids are compared without case.
fn folded(control: &Control) -> Control {
    let id = |id: &str| fold(id).into_owned();
    match control {
        Control::Strength(text) => Control::Strength(id(text)),
        Control::Terms(text) => Control::Terms(id(text)),
        Control::Custom(text) => Control::Custom(id(text)),
        Control::BuiltIn(_) | Control::Own(_) => control.clone(),
    }
}

/// The combinations that a request can show, as method bits, sorted. A restricted one asks more of
/// a method than a request says, so only a claim of the strength itself satisfies it.
fn combinations(strength: &Strength) -> Vec<u32> {
    let shown = strength
        .combinations
        .iter()
        .filter(|combination| !combination.is_restricted);
    let bits = |methods: &[Method]| {
        methods
            .iter()
            .fold(0, |bits, method| bits | method_bit(*method))
    };
    let mut found: Vec<u32> = shown
        .map(|combination| bits(&combination.methods))
        .collect();
    // A combination of nothing would satisfy the strength with nothing.
    found.retain(|bits| *bits != 0);
    found.sort_unstable();
    found.dedup();
    found
}
