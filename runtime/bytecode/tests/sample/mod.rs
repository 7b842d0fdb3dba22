//! Programs built by hand, for the tests of the runtime's crates.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use gatewright_bytecode::{
    Combine, Compliance, CompliancePolicy, Condition, Control, Effects, Entries, Matcher, Op,
    Origin, Place, Policy, Program, Requirement, TargetClass, Variable,
};
use gatewright_value::vocabulary::{CompliancePlatform, Reason, State};
use gatewright_value::{AttributeInfo, FieldComparison, Kind, Predicate, SessionControls};

/// The attributes of Conditional Access by type; a `?` marks those that can be null.
const ENTRA: &[(&str, &str)] = &[
    (
        "Guid?",
        "user.id user.homeTenant servicePrincipal.id agent.id device.deviceId device.mdmAppId",
    ),
    (
        "set",
        "user.groups user.roles app.ids location.names session.methods",
    ),
    ("set", "device.physicalIds device.systemLabels"),
    (
        "user servicePrincipal agentIdentity agentUser",
        "signIn.identity",
    ),
    ("apps userAction authenticationContext", "signIn.target"),
    (
        "low medium high hidden none",
        "user.risk signIn.risk servicePrincipal.risk agent.risk",
    ),
    ("minor moderate elevated none", "user.insiderRisk"),
    (
        "browser mobileAppsAndDesktopClients exchangeActiveSync easSupported other",
        "signIn.client",
    ),
    (
        "android iOS windows windowsPhone macOS linux…",
        "signIn.platform",
    ),
    ("Personal Company?", "device.ownership"),
    ("AzureAD ServerAD Workplace…?", "device.trustType"),
    (
        "RegisteredDevice SecureVM Printer Shared IoT…?",
        "device.profileType",
    ),
    ("Member Guest?", "user.userType"),
    ("deviceCodeFlow authenticationTransfer?", "session.flow"),
    (
        "internalGuest b2bCollaborationGuest serviceProvider?",
        "user.guestType",
    ),
    (
        "String?",
        "app.context app.action user.department user.displayName user.country",
    ),
    (
        "String?",
        "device.displayName device.model device.extensionAttribute1 device.operatingSystem",
    ),
    (
        "Boolean",
        "servicePrincipal.isOwned signIn.baselineScopesOnly signIn.enrollmentService",
    ),
    ("Boolean", "location.isUnmapped device.isRegistered"),
    ("Boolean?", "device.isCompliant user.accountEnabled"),
    ("Address?", "location.ip"),
    ("Country?", "location.country"),
    ("DateTime?", "signIn.now"),
    (
        "records",
        "app.resources app.baseline servicePrincipal.attributes agent.attributes",
    ),
    (
        "windows iOS macOS androidWorkProfile linux?",
        "device.managedPlatform",
    ),
    (
        "Boolean?",
        "user.isMfaRegistered setting.bitLockerEnabled setting.tpmPresent",
    ),
    (
        "Boolean",
        "user.isRegistrationOverdue signIn.isMfaDeemedNecessary",
    ),
    ("Version?", "setting.osVersion"),
    (
        "secured low medium high unavailable?",
        "setting.threatLevel",
    ),
];

fn attributes() -> Vec<AttributeInfo> {
    let row = |(kind, names): &(&str, &'static str)| {
        let (kind, is_optional) = match kind.strip_suffix('?') {
            Some(kind) => (kind, true),
            None => (*kind, false),
        };
        let kind = match kind {
            "Guid" => Kind::Guid,
            "set" => Kind::Set(Box::new(Kind::String)),
            "records" => Kind::Set(Box::new(Kind::Record)),
            "Version" => Kind::Version,
            "String" => Kind::String,
            "Boolean" => Kind::Boolean,
            "Address" => Kind::Address,
            "Country" => Kind::Country,
            "DateTime" => Kind::DateTime,
            members => Kind::Enumeration {
                members: members
                    .trim_end_matches('…')
                    .split(' ')
                    .map(str::to_owned)
                    .collect(),
                is_open: members.ends_with('…'),
            },
        };
        names
            .split(' ')
            .map(move |name| attribute(name, kind.clone(), is_optional))
    };
    ENTRA.iter().flat_map(row).collect()
}

pub fn attribute(name: &str, kind: Kind, is_optional: bool) -> AttributeInfo {
    AttributeInfo {
        name: name.to_owned(),
        kind,
        is_optional,
    }
}

/// A condition: a variable has a class within these bounds. Where the fact is missing, it possibly
/// has.
#[derive(Clone, Copy)]
pub struct Test {
    pub reason: Reason,
    pub variable: u32,
    pub first: u32,
    pub last: u32,
}

/// Builds a program part by part.
pub struct Sample {
    pub program: Program,
    /// Words that stand for `reject` and `accept`, which end the code.
    fixups: Vec<(usize, bool)>,
}

impl Sample {
    /// A program under the schema of Conditional Access.
    pub fn entra() -> Sample {
        let origin = Origin {
            schema: "Entra".to_owned(),
            is_entra: true,
            edition: "2026-06".to_owned(),
            producer: "test".to_owned(),
        };
        let files = vec!["policies.gate".to_owned()];
        let program = Program {
            origin,
            attributes: attributes(),
            files,
            ..Program::default()
        };
        Sample {
            program,
            fixups: Vec::new(),
        }
    }

    /// A program under a schema of one's own.
    pub fn own(attributes: Vec<AttributeInfo>, names: &[&str], combine: Combine) -> Sample {
        let mut sample = Sample::entra();
        sample.program.origin.is_entra = false;
        sample.program.origin.schema = "Payments".to_owned();
        sample.program.attributes = attributes;
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        sample.program.effects = Some(Effects {
            names,
            combine,
            otherwise: 0,
        });
        sample
    }

    pub fn attribute(&self, name: &str) -> u32 {
        let at = self
            .program
            .attributes
            .iter()
            .position(|row| row.name == name);
        u32::try_from(at.unwrap_or_else(|| panic!("no attribute {name}"))).unwrap()
    }

    pub fn variable(&mut self, attribute: u32, class_count: u32, null_class: Option<u32>) -> u32 {
        let number = u32::try_from(self.program.variables.len()).unwrap();
        let name = self.program.attributes[attribute as usize].name.clone();
        self.program.variables.push(Variable {
            attribute,
            class_count,
            null_class,
            name,
        });
        number
    }

    /// Class 0 false, 1 true, 2 null, 3 unknown.
    pub fn boolean(&mut self, name: &str) -> u32 {
        let attribute = self.attribute(name);
        let variable = self.variable(attribute, 4, Some(2));
        self.program.matchers.push(Matcher::Boolean {
            attribute,
            variable,
        });
        variable
    }

    /// Class 0 others, 1… the texts in sorted order, then null, then unknown.
    pub fn text(&mut self, name: &str, texts: &[&str]) -> u32 {
        let attribute = self.attribute(name);
        let count = u32::try_from(texts.len()).unwrap();
        let variable = self.variable(attribute, count + 3, Some(count + 1));
        let exact = texts
            .iter()
            .map(|text| (*text).to_owned())
            .zip(1..)
            .collect();
        let prefixes = Vec::new();
        self.program.matchers.push(Matcher::Text {
            attribute,
            variable,
            exact,
            prefixes,
        });
        variable
    }

    /// Classes by starts, then null, then unknown.
    pub fn ordered(&mut self, name: &str, starts: &[u128]) -> u32 {
        let attribute = self.attribute(name);
        let count = u32::try_from(starts.len()).unwrap() + 1;
        let variable = self.variable(attribute, count + 2, Some(count));
        let starts = starts.to_vec();
        self.program.matchers.push(Matcher::Ordered {
            attribute,
            variable,
            starts,
            classes: Vec::new(),
        });
        variable
    }

    /// One Boolean variable per element, in this order, which is ascending.
    pub fn elements(&mut self, name: &str, elements: &[&str]) -> Vec<u32> {
        let attribute = self.attribute(name);
        let variables: Vec<u32> = elements
            .iter()
            .map(|_| self.variable(attribute, 3, None))
            .collect();
        let rows = elements
            .iter()
            .map(|text| (*text).to_owned())
            .zip(variables.clone());
        self.program.matchers.push(Matcher::Elements {
            attribute,
            elements: rows.collect(),
        });
        variables
    }

    /// One Boolean variable per predicate, in this order.
    pub fn predicates(&mut self, name: &str, predicates: Vec<Predicate>) -> Vec<u32> {
        let attribute = self.attribute(name);
        let variables: Vec<u32> = predicates
            .iter()
            .map(|_| self.variable(attribute, 3, None))
            .collect();
        self.program.matchers.push(Matcher::Predicates {
            attribute,
            predicates: predicates.into_iter().zip(variables.clone()).collect(),
        });
        variables
    }

    /// A compliance policy: where it is assigned, what it requires, and the hours of its grace.
    pub fn compliance(&mut self, name: &str, assigned: &[Test], required: &[Test], hours: u32) {
        let line = 100;
        let place = |column| Place {
            file: 0,
            line,
            column,
        };
        let mut entries = |tests: &[Test]| Entries {
            certain: self.all(tests, false),
            possible: self.all(tests, true),
        };
        let requirements = required.iter().zip(1..).map(|(test, column)| Requirement {
            entries: entries(std::slice::from_ref(test)),
            place: place(column),
        });
        let requirements = requirements.collect();
        let policy = CompliancePolicy {
            id: name.to_lowercase(),
            display_name: name.to_owned(),
            place: place(1),
            platform: CompliancePlatform::Windows,
            grace_hours: hours,
            assigned: entries(assigned),
            met: entries(required),
            requirements,
        };
        let compliance = self.program.compliance.get_or_insert_with(|| Compliance {
            policies: Vec::new(),
            is_secure_by_default: false,
            check_in_days: 30,
        });
        compliance.policies.push(policy);
    }

    pub fn test(&self, reason: Reason, variable: u32, class: u32) -> Test {
        Test {
            reason,
            variable,
            first: class,
            last: class,
        }
    }

    pub fn control(&mut self, control: Control) -> u32 {
        self.program.controls.push(control);
        u32::try_from(self.program.controls.len() - 1).unwrap()
    }

    pub fn session(&mut self, controls: SessionControls) -> u32 {
        self.program.sessions.push(controls);
        u32::try_from(self.program.sessions.len() - 1).unwrap()
    }

    /// Code that holds where all tests do.
    fn all(&mut self, tests: &[Test], is_possible: bool) -> u32 {
        let entry = u32::try_from(self.program.code.len()).unwrap();
        for (at, test) in tests.iter().enumerate() {
            let is_last = at + 1 == tests.len();
            let count = self.program.variables[test.variable as usize].class_count;
            let next = u32::try_from(self.program.code.len()).unwrap() + 2 + count;
            self.program
                .code
                .extend([Op::Table.encode(count), test.variable]);
            for class in 0..count {
                let is_within = test.first <= class && class <= test.last;
                let holds = is_within || (is_possible && class + 1 == count);
                if holds && !is_last {
                    self.program.code.push(next);
                } else {
                    self.fixups.push((self.program.code.len(), holds));
                    self.program.code.push(0);
                }
            }
        }
        if tests.is_empty() {
            self.program.code.push(Op::Accept.encode(0));
        }
        entry
    }

    /// A policy that applies where all tests hold.
    pub fn policy(&mut self, name: &str, state: State, tests: &[Test]) -> &mut Policy {
        let line = u32::try_from(self.program.policies.len()).unwrap() + 1;
        let place = |column| Place {
            file: 0,
            line,
            column,
        };
        let conditions = tests.iter().zip(1..).map(|(test, column)| Condition {
            reason: test.reason,
            certain: self.all(std::slice::from_ref(test), false),
            possible: self.all(std::slice::from_ref(test), true),
            place: place(column),
        });
        let conditions = conditions.collect();
        let policy = Policy {
            id: name.to_lowercase().replace(' ', "-"),
            display_name: name.to_owned(),
            state,
            place: place(1),
            certain: self.all(tests, false),
            possible: self.all(tests, true),
            conditions,
            is_block: false,
            clauses: Vec::new(),
            session: None,
            target: TargetClass::Apps,
            effect: None,
        };
        self.program.policies.push(policy);
        self.program.policies.last_mut().unwrap()
    }

    pub fn finish(mut self) -> Program {
        let end = u32::try_from(self.program.code.len()).unwrap();
        self.program
            .code
            .extend([Op::Reject.encode(0), Op::Accept.encode(0)]);
        for (at, holds) in self.fixups {
            self.program.code[at] = end + u32::from(holds);
        }
        self.program
    }
}

/// Whether a field is equal to one of these texts.
pub fn is_one_of(field: &str, texts: &[&str]) -> Predicate {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    Predicate::field(field, FieldComparison::OneOf(texts))
}

/// A program with something of every kind in it.
pub fn varied() -> Program {
    use gatewright_value::vocabulary::BuiltInControl;
    let mut sample = Sample::entra();
    let identity = sample.text(
        "signIn.identity",
        &["agentidentity", "serviceprincipal", "user"],
    );
    let compliant = sample.boolean("device.isCompliant");
    let address = sample.ordered("location.ip", &[10, 20]);
    let groups = sample.elements("user.groups", &["finance", "sales"]);
    let name = sample.attribute("device.displayName");
    let [starts, contains, ends, matches] =
        [5, 3, 3, 3].map(|count| sample.variable(name, count, (count == 5).then_some(3)));
    sample.program.matchers.push(Matcher::Text {
        attribute: name,
        variable: starts,
        exact: vec![("saw-1".to_owned(), 1)],
        prefixes: vec![("saw".to_owned(), 2), ("saw-2".to_owned(), 1)],
    });
    sample.program.matchers.push(Matcher::TextParts {
        attribute: name,
        contains: vec![("kiosk".to_owned(), contains)],
        suffixes: vec![("-x".to_owned(), ends)],
        patterns: vec![("^s[a-c]w-\\d+$".to_owned(), matches)],
    });
    let apps = sample.attribute("app.ids");
    let reached = [0; 3].map(|_| sample.variable(apps, 3, None));
    sample.program.matchers.push(Matcher::Targets {
        attribute: apps,
        variables: reached.to_vec(),
        elements: vec![
            ("mail".to_owned(), vec![0, 1]),
            ("payroll".to_owned(), vec![1]),
        ],
        others: vec![1],
        uncertain: vec![2],
    });
    let mfa = sample.control(Control::BuiltIn(BuiltInControl::Mfa));
    let strength = Control::Strength {
        id: "s".to_owned(),
        combinations: vec![1 << 5, 1 | 1 << 4],
    };
    let strength = sample.control(strength);
    sample.control(Control::Terms("t".to_owned()));
    let session = SessionControls {
        secure_sign_in_session: true,
        ..Default::default()
    };
    let session = sample.session(session);
    let user = sample.test(Reason::Users, identity, 3);
    let tests = [user, sample.test(Reason::Location, address, 1)];
    let policy = sample.policy("Inside", State::Enabled, &tests);
    policy.clauses = vec![vec![mfa], vec![mfa, strength]];
    policy.session = Some(session);
    let tests = [user, sample.test(Reason::Devices, compliant, 1)];
    sample
        .policy("Compliant", State::ReportOnly, &tests)
        .is_block = true;
    let tests = [groups[1], contains, ends, matches, reached[1], reached[2]]
        .map(|variable| sample.test(Reason::Users, variable, 1));
    sample.policy("Many", State::Disabled, &tests);
    let tests = [sample.test(Reason::Devices, starts, 2)];
    sample.policy("Starts", State::Enabled, &tests);
    sample.finish()
}
