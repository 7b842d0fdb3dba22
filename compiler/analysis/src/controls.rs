//! Which controls a sign-in can hold at all.

use batsat::Lit;
use gatewright_decision::{Attributes, Formula, Literal};
use gatewright_hir::model::Control;
use gatewright_value::vocabulary::{BuiltInControl, ClientApp, TransferMethod, UserAction};

use crate::solver::Solver;
use crate::world::{Rail, World};

/// What the facts of a sign-in say about controls, as formulas and as propositions of a search.
///
/// SEMANTICS: §9.1, §9.2
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    formulas: Facts,
    /// The client can do nothing.
    is_legacy: Lit,
    /// `compliantDevice` is held, by set where two sets derive it.
    compliant: [Lit; 2],
    /// `domainJoinedDevice` is held.
    joined: Lit,
    /// Security information is registered.
    pub(crate) registers: Lit,
    never: Lit,
}

/// What controls hang on. A fact that is missing proves nothing.
#[derive(Clone, Debug)]
struct Facts {
    is_legacy: Formula<Literal>,
    compliant: [Formula<Literal>; 2],
    joined: Formula<Literal>,
    registers: Formula<Literal>,
}

/// What holds a control at a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    /// The facts do.
    Held,
    /// A proof does.
    Provable,
    /// Nothing does.
    Impossible,
}

impl Facts {
    fn new(world: &World<'_>) -> Facts {
        let never = || Formula::False;
        if !world.schema.is_entra {
            return Facts {
                is_legacy: never(),
                compliant: [never(), never()],
                joined: never(),
                registers: never(),
            };
        }
        let space = &world.joint.space;
        let attributes = Attributes {
            schema: world.schema,
            space,
        };
        let at = |literal: &Option<Literal>| match literal {
            Some(literal) => Formula::Literal(literal.clone()),
            None => Formula::False,
        };
        // Every other class, a missing fact among them.
        let not = |literal: &Option<Literal>| match literal {
            Some(literal) => Formula::Literal(space.any_other(literal)),
            None => Formula::True,
        };
        let legacy = [
            ClientApp::ExchangeActiveSync,
            ClientApp::EasSupported,
            ClientApp::Other,
        ];
        let legacy = attributes.equals("signin.client", &legacy.map(ClientApp::name));
        let flow = TransferMethod::DeviceCodeFlow.name();
        let by_code = attributes.equals("session.flow", &[flow]);
        let enrols = attributes.is("signin.enrollmentservice", true);
        let marked = at(&attributes.is("device.iscompliant", true));
        let of_new = world.marks.as_ref().and_then(|marks| marks.of_new(&marked));
        let marked = [marked.clone(), of_new.unwrap_or(marked)];
        let hybrid = attributes.equals("device.trusttype", &["ServerAD"]);
        let action = UserAction::RegisterSecurityInfo.name();
        let shown = Formula::all([not(&by_code), not(&legacy)]);
        Facts {
            compliant: marked
                .map(|marked| Formula::any([at(&enrols), Formula::all([marked, shown.clone()])])),
            joined: Formula::all([at(&hybrid), shown]),
            is_legacy: at(&legacy),
            registers: at(&attributes.equals("app.action", &[action])),
        }
    }
}

impl Controls {
    pub(crate) fn new(world: &World<'_>, solver: &mut Solver<'_>) -> Controls {
        let formulas = Facts::new(world);
        let mut of = |formula: &Formula<Literal>| solver.formula(formula, Rail::Certain);
        let (is_legacy, registers) = (of(&formulas.is_legacy), of(&formulas.registers));
        let joined = of(&formulas.joined);
        let compliant = formulas.compliant.each_ref().map(of);
        Controls {
            formulas,
            is_legacy,
            compliant,
            joined,
            registers,
            never: !solver.truth(),
        }
    }

    /// That the facts alone hold a control, by the first set.
    pub(crate) fn held(&self, control: &Control) -> Lit {
        self.held_by(0, control)
    }

    /// That the facts alone hold a control, by a set.
    pub(crate) fn held_by(&self, set: usize, control: &Control) -> Lit {
        match control {
            Control::BuiltIn(BuiltInControl::CompliantDevice) => *of_set(&self.compliant, set),
            Control::BuiltIn(BuiltInControl::DomainJoinedDevice) => self.joined,
            _ => self.never,
        }
    }

    /// That the client can do nothing.
    pub(crate) fn legacy(&self) -> Lit {
        self.is_legacy
    }

    /// That a control cannot be held, whatever is proved, by the first set.
    pub(crate) fn impossible(&self, control: &Control) -> Lit {
        self.impossible_by(0, control)
    }

    /// That a control cannot be held, whatever is proved, by a set.
    pub(crate) fn impossible_by(&self, set: usize, control: &Control) -> Lit {
        match kind(control) {
            Kind::Derived(_) => !self.held_by(set, control),
            Kind::Claimed => self.never,
            Kind::Interactive => self.is_legacy,
        }
    }

    /// How a control can be held at a sign-in, by a set.
    pub(crate) fn holding(&self, set: usize, control: &Control, classes: &[u32]) -> Holding {
        let held = |formula: &Formula<Literal>| match is(formula, classes) {
            true => Holding::Held,
            false => Holding::Impossible,
        };
        match kind(control) {
            Kind::Derived(BuiltInControl::CompliantDevice) => {
                held(of_set(&self.formulas.compliant, set))
            }
            Kind::Derived(_) => held(&self.formulas.joined),
            Kind::Interactive if is(&self.formulas.is_legacy, classes) => Holding::Impossible,
            Kind::Claimed | Kind::Interactive => Holding::Provable,
        }
    }

    /// Whether security information is registered.
    pub(crate) fn is_registration(&self, classes: &[u32]) -> bool {
        is(&self.formulas.registers, classes)
    }
}

/// What is one's own where there is something of one's own: sets after the second have the first
/// one's.
fn of_set<T>(by_set: &[T; 2], set: usize) -> &T {
    let [first, second] = by_set;
    match set {
        1 => second,
        _ => first,
    }
}

/// What it takes to hold a control.
enum Kind {
    /// It follows from the device.
    Derived(BuiltInControl),
    /// It is claimed, whatever the client.
    Claimed,
    /// The user does something, in a client that can ask for it.
    Interactive,
}

fn kind(control: &Control) -> Kind {
    match control {
        Control::BuiltIn(
            device @ (BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice),
        ) => Kind::Derived(*device),
        Control::BuiltIn(
            BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication,
        )
        | Control::Own(_) => Kind::Claimed,
        Control::BuiltIn(_) | Control::Strength(_) | Control::Terms(_) | Control::Custom(_) => {
            Kind::Interactive
        }
    }
}

/// Whether a formula of classes holds, a missing fact being a class like others.
pub(crate) fn is(formula: &Formula<Literal>, classes: &[u32]) -> bool {
    match formula {
        Formula::True => true,
        Formula::False | Formula::Unknown => false,
        Formula::Literal(literal) => {
            let class = classes.get(literal.variable as usize);
            class.is_some_and(|class| literal.classes.contains(*class))
        }
        Formula::And(parts) => parts.iter().all(|part| is(part, classes)),
        Formula::Or(parts) => parts.iter().any(|part| is(part, classes)),
    }
}
