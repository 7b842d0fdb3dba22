//! The syntax tree: what was written, and where, and nothing about what it means.
//!
//! The tree is looser than the language on purpose. A clause is a head and *phrases*; whether
//! `roles [A]` may stand in a `platforms` clause is for the checker to say, which can say it in the
//! reader's words. Expressions live in an arena ([`Exprs`]), so that dropping and copying a tree
//! never recurses.

use gatewright_source::{SourceId, Span};

/// A tree of one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The text that was parsed.
    pub source: SourceId,
    /// `//!` lines at the top, without the marks.
    pub docs: Vec<String>,
    /// In order of the text.
    pub declarations: Vec<Declaration>,
    /// All expressions of the file.
    pub exprs: Exprs,
    /// Words, dotted ones as one, and strings where the text could not be read: no declaration
    /// holds them. In order of the text.
    pub unread: Vec<Term>,
}

/// A tree of one rule on its own, such as the text of a device filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    /// All expressions of the rule.
    pub exprs: Exprs,
    /// The whole rule; `None` where it could not be read.
    pub root: Option<ExprId>,
}

/// A word: an identifier or a keyword standing where any word may stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A string literal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The value, escapes resolved.
    pub value: String,
    /// How it was quoted.
    pub quote: Quote,
    /// Where, quotes included.
    pub span: Span,
}

/// The quotes around a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    /// `"…"`
    #[default]
    Double,
    /// `'…'`
    Single,
    /// Quotes that a word processor made.
    Typographic,
}

/// A declaration with what stands before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// `///` lines, without the marks.
    pub docs: Vec<String>,
    /// `@owner("identity")` and the like.
    pub annotations: Vec<Annotation>,
    /// What is declared.
    pub kind: DeclarationKind,
    /// The keyword that starts it.
    pub keyword: Span,
    /// From the first annotation or keyword to the end.
    pub span: Span,
    /// Whether a problem has been reported in it (not counting its members), so that what seems to
    /// be missing may only have been unreadable.
    pub is_broken: bool,
}

/// `@name(arguments)`
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The word after `@`.
    pub name: Name,
    /// What stands in the parentheses.
    pub arguments: Vec<Phrase>,
    /// All of it.
    pub span: Span,
}

/// What is declared.
#[derive(Clone, Debug, PartialEq)]
pub enum DeclarationKind {
    /// `group Finance = "8f6f…"`; also user, app, role, location, strength, terms, context.
    Object {
        /// Which kind of object.
        kind: ObjectKind,
        /// Its name in this project.
        name: Name,
        /// What stands after `=`, or nothing.
        value: Vec<Phrase>,
    },
    /// `rule Corporate = device.isCompliant -eq True`, with parameters where it has any.
    Rule {
        /// Its name.
        name: Name,
        /// Names of the parameters.
        parameters: Vec<Parameter>,
        /// Its expression; `None` where it could not be read.
        body: Option<ExprId>,
    },
    /// `policy "name" { … }`
    Policy {
        /// The display name.
        name: Text,
        /// In order of the text.
        clauses: Vec<Clause>,
    },
    /// `scope "name" { clauses, policies }`
    Scope {
        /// Its name.
        name: Text,
        /// Clauses for every policy inside.
        clauses: Vec<Clause>,
        /// Policies, scopes and instances inside.
        members: Vec<Declaration>,
    },
    /// `template Name(parameter: Type) { members }`
    Template {
        /// Its name.
        name: Name,
        /// Names and types of the parameters.
        parameters: Vec<Parameter>,
        /// What an instance expands to.
        members: Vec<Declaration>,
    },
    /// `use Name(arguments)`
    Instance {
        /// The template.
        template: Name,
        /// What is filled in.
        arguments: Vec<Argument>,
        /// What it expands to: empty in the tree of a text, the checker fills it in.
        members: Vec<Declaration>,
    },
    /// `compliance "name" for windows { … }`
    Compliance {
        /// Its name.
        name: Text,
        /// The platform.
        platform: Name,
        /// In order of the text.
        clauses: Vec<Clause>,
    },
    /// `test "name" { given { … } expect { … } }`
    Test {
        /// Its name.
        name: Text,
        /// What stands in its braces, in order of the text.
        blocks: Vec<TestBlock>,
    },
    /// `invariant "name" { … }`
    Invariant {
        /// Its name.
        name: Text,
        /// In order of the text.
        clauses: Vec<Clause>,
    },
    /// `entity device optional { attribute: Type }`, in a schema.
    Entity {
        /// Its name.
        name: Name,
        /// Words between the name and the brace.
        modifiers: Vec<Name>,
        /// Its attributes.
        attributes: Vec<AttributeDecl>,
    },
    /// `enum RiskLevel { low "…" medium "…" }`, in a schema.
    Enum {
        /// Its name.
        name: Name,
        /// The members in order.
        members: Vec<MemberDecl>,
    },
    /// `control mfa interactive "Require multifactor authentication"`, in a schema.
    Control {
        /// Its name.
        name: Name,
        /// Words after the name.
        modifiers: Vec<Name>,
        /// What people read.
        title: Option<Text>,
    },
    /// `session persistentBrowser "…"`, in a schema: a session control.
    SessionControl {
        /// Its name.
        name: Name,
        /// Words after the name.
        modifiers: Vec<Name>,
        /// What people read.
        title: Option<Text>,
    },
    /// `effect block "…"`, in a schema; the order of the text is their order of strength, weakest
    /// first.
    Effect {
        /// Its name.
        name: Name,
        /// Words after the name.
        modifiers: Vec<Name>,
        /// What people read.
        title: Option<Text>,
    },
    /// `combine strongest otherwise approve`, in a schema.
    Combine {
        /// `strongest`, `least`, `union` or `conflict`.
        rule: Name,
        /// The effect where no policy applies.
        otherwise: Option<Name>,
    },
    /// `dialect "ca-device" { string: [eq, ne, …] }`, in a schema: operators by type.
    Dialect {
        /// Its name.
        name: Text,
        /// Types or attributes, and the operators that they have.
        rows: Vec<DialectRow>,
    },
    /// `schema "Payments" version 1`, the head of a schema file.
    Schema {
        /// Its name.
        name: Text,
        /// Words and numbers after it.
        modifiers: Vec<Term>,
    },
}

/// The kinds of [`DeclarationKind::Object`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named by its keyword")]
pub enum ObjectKind {
    Group,
    User,
    App,
    Role,
    Location,
    Strength,
    Terms,
    Context,
}

impl ObjectKind {
    /// All of them.
    pub const ALL: &'static [ObjectKind] = &[
        ObjectKind::Group,
        ObjectKind::User,
        ObjectKind::App,
        ObjectKind::Role,
        ObjectKind::Location,
        ObjectKind::Strength,
        ObjectKind::Terms,
        ObjectKind::Context,
    ];

    /// The keyword.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            ObjectKind::Group => "group",
            ObjectKind::User => "user",
            ObjectKind::App => "app",
            ObjectKind::Role => "role",
            ObjectKind::Location => "location",
            ObjectKind::Strength => "strength",
            ObjectKind::Terms => "terms",
            ObjectKind::Context => "context",
        }
    }
}

/// `given { … }` or `expect { … }` in a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestBlock {
    /// Whether the word is `given`.
    pub is_given: bool,
    /// Where that word is.
    pub keyword: Span,
    /// Facts or expectations: a flat sequence of terms, cut into pieces by the checker.
    pub terms: Vec<Term>,
    /// All of it, braces included.
    pub span: Span,
}

/// A parameter of a rule or template: `who: group`, `prefix: text = "CA"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its type as words: `group`, or `list`, `of`, `group`; empty where none is given.
    pub kind: Vec<Name>,
    /// What stands for it where nothing is filled in.
    pub default: Option<Phrase>,
}

/// What is filled in for a parameter of a template: `who: Finance`, or by its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The parameter, where it is named.
    pub name: Option<Name>,
    /// What is filled in.
    pub value: Phrase,
}

/// `trustType: TrustType? { eq, ne } "How the device is joined"`: an attribute in a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDecl {
    /// `///` lines, without the marks.
    pub docs: Vec<String>,
    /// `@difference(user.hired, system.now)`
    pub annotations: Vec<Annotation>,
    /// Its name.
    pub name: Name,
    /// Its type as words: `set`, `of`, `String`; a range such as `[0, 100]` as a list.
    pub kind: Vec<Term>,
    /// Whether `?` follows the type.
    pub optional: bool,
    /// What stands in braces after the type: operators.
    pub operators: Vec<Phrase>,
    /// What people read.
    pub title: Option<Text>,
    /// All of it.
    pub span: Span,
}

/// A member of an enumeration in a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberDecl {
    /// `///` lines, without the marks.
    pub docs: Vec<String>,
    /// Its name, as a word or a string.
    pub name: Term,
    /// What it means.
    pub title: Option<Text>,
}

/// A row of a dialect in a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectRow {
    /// What it is about: words before the colon (`string`, `device.isCompliant`).
    pub subject: Vec<Term>,
    /// What stands after the colon.
    pub values: Vec<Phrase>,
}

/// A clause: a reserved head and what follows up to the next one.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The head.
    pub head: Head,
    /// Where the head is.
    pub head_span: Span,
    /// What follows.
    pub body: ClauseBody,
    /// All of it.
    pub span: Span,
}

/// What follows the head of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseBody {
    /// `users roles [A], groups [B] except groups [C]`; also every clause that lists phrases:
    /// `state enabled`, `session signInFrequency 4 hours, persistentBrowser never`, `block`.
    Phrases {
        /// Before `except`.
        include: Vec<Phrase>,
        /// After `except`, and where that word is.
        except: Option<(Span, Vec<Phrase>)>,
    },
    /// `when …`, `unless …`, and `require …` in a compliance policy.
    Expression(ExprId),
    /// `devices where …`, `devices except …`; also `apps where …`.
    Filter {
        /// Whether the word was `except`.
        is_exclude: bool,
        /// Where that word is.
        mode: Span,
        /// The rule.
        rule: ExprId,
        /// The rule's text from first to last token.
        text: Span,
        /// What stands in that text in place of parameters, in order: none in the tree of a text,
        /// the checker fills it in.
        filled: Vec<(Span, String)>,
    },
    /// `graph { "member": … }`: JSON, carried as text.
    Graph(Span),
    /// Could not be read; a problem has been reported.
    Broken,
}

macro_rules! heads {
    ($($variant:ident $word:literal $doc:literal,)*) => {
        /// The reserved words that start a clause.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Head { $(#[doc = $doc] $variant,)* }

        impl Head {
            /// All of them.
            pub const ALL: &'static [Head] = &[$(Head::$variant,)*];

            /// The word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Head::$variant => $word,)* }
            }

            /// What the clause says, in a few words.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Head::$variant => $doc,)* }
            }
        }
    };
}

heads! {
    State "state" "Enabled, disabled or report-only.",
    Users "users" "Which users.",
    Guests "guests" "Which guests and external users.",
    Workloads "workloads" "Which workload identities.",
    Agents "agents" "Which agent identities.",
    Apps "apps" "Which resources.",
    Actions "actions" "Which user actions.",
    Contexts "contexts" "Which authentication contexts.",
    Clients "clients" "Which kinds of client.",
    Platforms "platforms" "Which device platforms.",
    Locations "locations" "Which networks.",
    UserRisk "userRisk" "Which levels of user risk.",
    SignInRisk "signInRisk" "Which levels of sign-in risk.",
    InsiderRisk "insiderRisk" "Which levels of insider risk.",
    WorkloadRisk "workloadRisk" "Which levels of service principal risk.",
    AgentRisk "agentRisk" "Which levels of agent risk.",
    Flows "flows" "Which authentication flows.",
    Devices "devices" "Which devices, by filter.",
    When "when" "A condition in Gatewright's own dialect.",
    Unless "unless" "The opposite of `when`.",
    Block "block" "Block access.",
    Require "require" "What is required; in a compliance policy, a condition on settings.",
    Session "session" "Session controls.",
    Then "then" "The effect, under a schema of one's own.",
    Graph "graph" "Members of the Graph object that the language does not model.",
    Always "always" "In an invariant: what must hold for every such sign-in.",
    Never "never" "In an invariant: what must hold for no such sign-in.",
    Grace "grace" "In a compliance policy: time until a device counts as noncompliant.",
    Noncompliance "noncompliance" "In a compliance policy: what happens to a noncompliant device.",
    Applied "applied" "In a test: exactly the policies that apply.",
    Verdict "verdict" "In a test: the verdict.",
}

/// Terms side by side, up to a comma or the next clause: `roles [A, B]`, `signInFrequency 4 hours`.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// At least one.
    pub terms: Vec<Term>,
    /// All of it.
    pub span: Span,
}

/// One piece of a phrase.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `all`, `mfa`, `Payroll`, `device.trustType` (a dotted name is one word here).
    Word(Name),
    /// `"…"`
    Text(Text),
    /// A loose literal: `4`, `10.0.22631`, `203.0.113.0/24`, `2026-06`, `-5`.
    Literal(Name),
    /// `[A, B]`
    List {
        /// The elements.
        items: Vec<Phrase>,
        /// Brackets included.
        span: Span,
    },
}

impl Term {
    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Term::Word(name) | Term::Literal(name) => name.span,
            Term::Text(text) => text.span,
            Term::List { span, .. } => *span,
        }
    }

    /// The word, if it is one.
    #[must_use]
    pub fn as_word(&self) -> Option<&Name> {
        if let Term::Word(name) = self {
            Some(name)
        } else {
            None
        }
    }
}

/// An expression in an [`Exprs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// All expressions of a tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exprs {
    nodes: Vec<(Expr, Span)>,
}

impl Exprs {
    /// Add an expression.
    pub fn add(&mut self, expr: Expr, span: Span) -> ExprId {
        let id = ExprId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push((expr, span));
        id
    }

    /// The expression; [`Expr::Broken`] for an id of another arena.
    #[must_use]
    pub fn get(&self, id: ExprId) -> &Expr {
        self.nodes
            .get(id.0 as usize)
            .map_or(&Expr::Broken, |(expr, _)| expr)
    }

    /// Where the expression is, parentheses around it not included.
    #[must_use]
    pub fn span(&self, id: ExprId) -> Span {
        self.nodes
            .get(id.0 as usize)
            .map_or_else(Span::default, |(_, span)| *span)
    }

    /// Number of expressions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

/// An expression. Chains of one connective are flat, so that depth comes from nesting alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `a -or b -or c`
    Or(Vec<ExprId>),
    /// `a -and b -and c`
    And(Vec<ExprId>),
    /// `-not a`
    Not(ExprId),
    /// `(a)`
    Paren(ExprId),
    /// `left op right`
    Compare {
        /// What is compared.
        left: Operand,
        /// The operator.
        operator: OperatorToken,
        /// What it is compared with.
        right: Operand,
    },
    /// `user.proxyAddresses -any (_ -startsWith "x")`
    Quantified {
        /// The collection.
        collection: Operand,
        /// Whether the word was `-all`.
        is_all: bool,
        /// Where that word is.
        quantifier: Span,
        /// What is asked of the elements.
        body: ExprId,
    },
    /// A word on its own: a named rule, with arguments where it has any; `True`; a Boolean
    /// attribute.
    Name {
        /// The words between the dots.
        path: Vec<Name>,
        /// What stands in parentheses after it.
        arguments: Option<Vec<Operand>>,
    },
    /// `Direct Reports for "…"`
    DirectReports(Text),
    /// Could not be read; a problem has been reported.
    Broken,
}

/// A comparison operator as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorToken {
    /// Which one.
    pub operator: CompareOperator,
    /// Whether it had a hyphen (or a dash that stands for one).
    pub has_hyphen: bool,
    /// Whether the hyphen was a typographic dash.
    pub has_dash: bool,
    /// Where.
    pub span: Span,
}

macro_rules! compare_operators {
    ($($variant:ident $word:literal,)*) => {
        /// The comparison operators of all dialects.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is named by its word")]
        pub enum CompareOperator { $($variant,)* }

        impl CompareOperator {
            /// All of them.
            pub const ALL: &'static [CompareOperator] = &[$(CompareOperator::$variant,)*];

            /// The word in its canonical case, without hyphen.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(CompareOperator::$variant => $word,)* }
            }

            /// The operator of this word, in any case.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|op| op.word().eq_ignore_ascii_case(word))
            }
        }
    };
}

compare_operators! {
    Eq "eq",
    Ne "ne",
    StartsWith "startsWith",
    NotStartsWith "notStartsWith",
    EndsWith "endsWith",
    NotEndsWith "notEndsWith",
    Contains "contains",
    NotContains "notContains",
    In "in",
    NotIn "notIn",
    Match "match",
    NotMatch "notMatch",
    Le "le",
    Ge "ge",
    Lt "lt",
    Gt "gt",
}

/// A side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// `device.trustType`; a bare word such as `True`, `null` or `high` is a path of one.
    Path {
        /// The words between the dots; `_` is one.
        words: Vec<Name>,
        /// All of it.
        span: Span,
    },
    /// `"…"`
    Text(Text),
    /// A loose literal: `4`, `10.0.22631`, `203.0.113.0/24`, `4 hours`.
    Literal(Name),
    /// `["a", "b"]`
    List {
        /// The elements.
        items: Vec<Operand>,
        /// Brackets included.
        span: Span,
    },
    /// `system.now -minus p1d`
    Offset {
        /// What the time is counted from.
        base: Name,
        /// Whether the word was `-minus`.
        is_minus: bool,
        /// How much.
        amount: Name,
        /// All of it.
        span: Span,
    },
}

impl Operand {
    /// Where it is.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Operand::Path { span, .. }
            | Operand::List { span, .. }
            | Operand::Offset { span, .. } => *span,
            Operand::Text(text) => text.span,
            Operand::Literal(name) => name.span,
        }
    }
}
