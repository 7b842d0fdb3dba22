//! Questions about one element of a set: comparisons of its fields, joined by connectives.
//!
//! A predicate is a row of steps in postfix order, so that neither reading nor evaluating one
//! recurses. There is one evaluator, here; what it needs besides is where patterns are searched.

use serde::{Deserialize, Serialize};

use crate::fold::fold_into;
use crate::record::{Element, FieldValue};
use crate::truth::Truth;

/// A question about one element of a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Predicate {
    steps: Vec<PredicateStep>,
}

/// A step of a predicate, which takes its operands from a stack and leaves its result there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PredicateStep {
    /// Always this.
    Constant(bool),
    /// Nobody can say.
    Unknown,
    /// A comparison of a field.
    Field(FieldQuestion),
    /// The opposite.
    Not,
    /// Both.
    And,
    /// Either.
    Or,
}

/// A comparison of a field with constants. An absent field satisfies only
/// [`FieldComparison::IsNull`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldQuestion {
    /// The field's name, folded; empty for an element that is a text.
    pub field: String,
    /// How it is compared.
    pub comparison: FieldComparison,
}

/// How a field is compared; texts are folded. Of a list, `Contains` asks whether one of the texts
/// is a whole element, and every other comparison whether some element satisfies it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldComparison {
    /// Equal to one of these texts, which ascend.
    OneOf(Vec<String>),
    /// Starts with one of these texts.
    StartsWith(Vec<String>),
    /// Ends with one of these texts.
    EndsWith(Vec<String>),
    /// One of these texts occurs in it.
    Contains(Vec<String>),
    /// This pattern matches somewhere in it, without case.
    Matches(String),
    /// There is no such field.
    IsNull,
}

impl Predicate {
    /// LIMIT: results that wait for their connective.
    pub const DEPTH_MAX: usize = 512;
    /// LIMIT: steps.
    pub const STEPS_MAX: usize = 1 << 18;

    /// Always this.
    #[must_use]
    pub fn constant(holds: bool) -> Predicate {
        Predicate::of(PredicateStep::Constant(holds))
    }

    /// Nobody can say.
    #[must_use]
    pub fn unknown() -> Predicate {
        Predicate::of(PredicateStep::Unknown)
    }

    /// A comparison of the field of this folded name with folded texts, which are put in order.
    #[must_use]
    pub fn field(name: impl Into<String>, mut comparison: FieldComparison) -> Predicate {
        if let Some(texts) = comparison.texts_mut() {
            texts.sort_unstable();
            texts.dedup();
        }
        Predicate::of(PredicateStep::Field(FieldQuestion {
            field: name.into(),
            comparison,
        }))
    }

    /// The opposite.
    #[must_use]
    pub fn negated(mut self) -> Predicate {
        match self.steps.last_mut() {
            Some(PredicateStep::Constant(holds)) => *holds = !*holds,
            Some(PredicateStep::Not) => {
                self.steps.pop();
            }
            _ => self.steps.push(PredicateStep::Not),
        }
        self
    }

    /// All of these; true where there is none.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        Predicate::joined(parts, &PredicateStep::And, true)
    }

    /// Any of these; false where there is none.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        Predicate::joined(parts, &PredicateStep::Or, false)
    }

    /// A predicate of these steps, which may be nonsense; see [`depth`](Self::depth).
    #[must_use]
    pub fn from_steps(steps: Vec<PredicateStep>) -> Predicate {
        Predicate { steps }
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[PredicateStep] {
        &self.steps
    }

    /// The patterns in the order of the steps.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.questions()
            .filter_map(|question| match &question.comparison {
                FieldComparison::Matches(pattern) => Some(pattern.as_str()),
                _ => None,
            })
    }

    /// The comparisons in the order of the steps.
    pub fn questions(&self) -> impl Iterator<Item = &FieldQuestion> {
        self.steps.iter().filter_map(|step| match step {
            PredicateStep::Field(question) => Some(question),
            _ => None,
        })
    }

    /// How many results wait at most; `None` where a step lacks operands or not exactly one result
    /// is left.
    #[must_use]
    pub fn depth(&self) -> Option<usize> {
        let (mut depth, mut deepest) = (0usize, 0);
        for step in &self.steps {
            let taken = match step {
                PredicateStep::Constant(_) | PredicateStep::Unknown | PredicateStep::Field(_) => 0,
                PredicateStep::Not => 1,
                PredicateStep::And | PredicateStep::Or => 2,
            };
            depth = depth.checked_sub(taken)? + 1;
            deepest = deepest.max(depth);
        }
        (depth == 1).then_some(deepest)
    }

    /// Whether it makes sense and is neither too long nor too deep.
    #[must_use]
    pub fn is_within_limits(&self) -> bool {
        let is_deep = |depth| depth > Predicate::DEPTH_MAX;
        self.steps.len() <= Predicate::STEPS_MAX
            && self.depth().is_some_and(|depth| !is_deep(depth))
    }

    /// The answer for one element. `folded` is space to work in; `matches` says whether the pattern
    /// of this number, in the order of [`patterns`](Self::patterns), matches in a text. Nonsense is
    /// answered with *unknown*.
    pub fn evaluate(
        &self,
        element: Element<'_>,
        folded: &mut String,
        mut matches: impl FnMut(usize, &str) -> bool,
    ) -> Truth {
        let mut stack = Stack::default();
        let mut pattern = 0;
        for step in &self.steps {
            let result = match step {
                PredicateStep::Constant(holds) => Truth::from(*holds),
                PredicateStep::Unknown => Truth::Unknown,
                PredicateStep::Field(question) => {
                    let number = pattern;
                    pattern +=
                        usize::from(matches!(question.comparison, FieldComparison::Matches(_)));
                    question.ask(element, folded, &mut |text| matches(number, text))
                }
                PredicateStep::Not => !stack.pop(),
                PredicateStep::And => stack.pop().and(stack.pop()),
                PredicateStep::Or => stack.pop().or(stack.pop()),
            };
            stack.push(result);
        }
        stack.pop()
    }

    fn of(step: PredicateStep) -> Predicate {
        Predicate { steps: vec![step] }
    }

    fn as_constant(&self) -> Option<bool> {
        match self.steps.as_slice() {
            [PredicateStep::Constant(holds)] => Some(*holds),
            _ => None,
        }
    }

    /// The parts joined; `neutral` is the constant that changes nothing.
    fn joined(
        parts: impl IntoIterator<Item = Predicate>,
        connective: &PredicateStep,
        neutral: bool,
    ) -> Predicate {
        let mut joined: Option<Predicate> = None;
        for part in parts {
            match part.as_constant() {
                Some(holds) if holds == neutral => continue,
                Some(_) => return part,
                None => {}
            }
            joined = Some(match joined {
                None => part,
                Some(mut before) => {
                    before.steps.extend(part.steps);
                    before.steps.push(connective.clone());
                    before
                }
            });
        }
        joined.unwrap_or_else(|| Predicate::constant(neutral))
    }
}

/// Results that wait for their connective, without allocation.
struct Stack {
    truths: [Truth; Predicate::DEPTH_MAX],
    depth: usize,
}

impl Default for Stack {
    fn default() -> Stack {
        Stack {
            truths: [Truth::Unknown; Predicate::DEPTH_MAX],
            depth: 0,
        }
    }
}

impl Stack {
    fn push(&mut self, truth: Truth) {
        if let Some(slot) = self.truths.get_mut(self.depth) {
            *slot = truth;
            self.depth += 1;
        }
    }

    fn pop(&mut self) -> Truth {
        self.depth = self.depth.saturating_sub(1);
        self.truths
            .get_mut(self.depth)
            .map_or(Truth::Unknown, |slot| {
                std::mem::replace(slot, Truth::Unknown)
            })
    }
}

impl FieldQuestion {
    fn ask(
        &self,
        element: Element<'_>,
        folded: &mut String,
        matches: &mut dyn FnMut(&str) -> bool,
    ) -> Truth {
        let is_null_asked = self.comparison == FieldComparison::IsNull;
        Truth::from(match element.field(&self.field) {
            FieldValue::Unknown => return Truth::Unknown,
            FieldValue::Absent => is_null_asked,
            FieldValue::Text(text) => self.comparison.holds(text, false, folded, matches),
            FieldValue::List(texts) => texts
                .iter()
                .any(|text| self.comparison.holds(text, true, folded, matches)),
        })
    }
}

impl FieldComparison {
    /// The constants, where it has a list of them.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        match self {
            FieldComparison::OneOf(texts)
            | FieldComparison::StartsWith(texts)
            | FieldComparison::EndsWith(texts)
            | FieldComparison::Contains(texts) => texts,
            FieldComparison::Matches(_) | FieldComparison::IsNull => &[],
        }
    }

    fn texts_mut(&mut self) -> Option<&mut Vec<String>> {
        match self {
            FieldComparison::OneOf(texts)
            | FieldComparison::StartsWith(texts)
            | FieldComparison::EndsWith(texts)
            | FieldComparison::Contains(texts) => Some(texts),
            FieldComparison::Matches(_) | FieldComparison::IsNull => None,
        }
    }

    /// Whether a text satisfies it; one of a list is a whole element to `Contains`.
    fn holds(
        &self,
        text: &str,
        is_listed: bool,
        folded: &mut String,
        matches: &mut dyn FnMut(&str) -> bool,
    ) -> bool {
        match self {
            FieldComparison::Matches(_) => return matches(text),
            FieldComparison::IsNull => return false,
            _ => fold_into(text, folded),
        }
        let equals = |texts: &[String]| {
            let found = texts.binary_search_by(|constant| constant.as_str().cmp(folded));
            found.is_ok()
        };
        let any = |texts: &[String], test: fn(&str, &str) -> bool| {
            texts.iter().any(|constant| test(folded, constant))
        };
        match self {
            FieldComparison::OneOf(texts) => equals(texts),
            FieldComparison::Contains(texts) if is_listed => equals(texts),
            FieldComparison::Contains(texts) => any(texts, |text, part| text.contains(part)),
            FieldComparison::StartsWith(texts) => any(texts, |text, part| text.starts_with(part)),
            FieldComparison::EndsWith(texts) => any(texts, |text, part| text.ends_with(part)),
            FieldComparison::Matches(_) | FieldComparison::IsNull => false,
        }
    }
}

impl std::fmt::Display for Predicate {
    /// As people write it: `(id = "a" or not level is null)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A stack of texts would copy the inner ones again and again; a predicate that is long is
        // cut instead, since nobody reads it.
        const STEPS_SHOWN: usize = 24;
        if self.steps.len() > STEPS_SHOWN || self.depth().is_none() {
            return write!(f, "a condition of {} parts", self.questions().count());
        }
        let mut stack: Vec<String> = Vec::new();
        for step in &self.steps {
            let mut next = || stack.pop().unwrap_or_default();
            let text = match step {
                PredicateStep::Constant(holds) => holds.to_string(),
                PredicateStep::Unknown => "unknown".to_owned(),
                PredicateStep::Field(question) => question.to_string(),
                PredicateStep::Not => format!("not {}", next()),
                PredicateStep::And | PredicateStep::Or => {
                    let word = if *step == PredicateStep::And {
                        "and"
                    } else {
                        "or"
                    };
                    let (right, left) = (next(), next());
                    format!("({left} {word} {right})")
                }
            };
            stack.push(text);
        }
        f.write_str(&stack.pop().unwrap_or_default())
    }
}

impl std::fmt::Display for FieldQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 3;
        let field = if self.field.is_empty() {
            "_"
        } else {
            &self.field
        };
        let verb = match &self.comparison {
            FieldComparison::OneOf(_) => "=",
            FieldComparison::StartsWith(_) => "starts with",
            FieldComparison::EndsWith(_) => "ends with",
            FieldComparison::Contains(_) => "contains",
            FieldComparison::Matches(pattern) => {
                return write!(f, "{field} matches \"{pattern}\"");
            }
            FieldComparison::IsNull => return write!(f, "{field} is null"),
        };
        let texts = self.comparison.texts();
        let mut shown: Vec<String> = texts
            .iter()
            .take(SHOWN)
            .map(|text| format!("\"{text}\""))
            .collect();
        if texts.len() > SHOWN {
            shown.push(format!("{} more", texts.len() - SHOWN));
        }
        write!(f, "{field} {verb} {}", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use Truth::{False, True, Unknown};

    fn ask(predicate: &Predicate, element: Element<'_>) -> Truth {
        predicate.evaluate(element, &mut String::new(), |_, text| {
            text.contains("Match")
        })
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn fields_answer_by_what_they_hold() {
        use FieldComparison as C;
        let record = Record::new()
            .with("Level", "HIGH")
            .with_list("Projects", ["Baker", "Cascade"])
            .with_list("None", [""; 0]);
        let rows = [
            ("level", C::OneOf(texts(&["low", "high"])), True),
            ("level", C::OneOf(texts(&[])), False),
            ("level", C::Contains(texts(&["ig"])), True),
            ("level", C::StartsWith(texts(&["hi"])), True),
            ("level", C::EndsWith(texts(&["x"])), False),
            ("level", C::IsNull, False),
            ("projects", C::Contains(texts(&["cascade"])), True),
            ("projects", C::Contains(texts(&["casc"])), False),
            ("projects", C::StartsWith(texts(&["casc"])), True),
            ("projects", C::Matches(String::new()), False),
            ("none", C::IsNull, False),
            ("none", C::Contains(texts(&["a"])), False),
            ("absent", C::IsNull, True),
            ("absent", C::OneOf(texts(&["a"])), False),
        ];
        for (field, comparison, expected) in rows {
            let question = Predicate::field(field, comparison);
            assert_eq!(
                ask(&question, Element::Record(&record)),
                expected,
                "{question}"
            );
            let not = question.negated();
            assert_eq!(ask(&not, Element::Record(&record)), !expected, "{not}");
        }
        let open = record.and_unknown();
        let of = |field: &str| Predicate::field(field, C::IsNull);
        assert_eq!(ask(&of("absent"), Element::Record(&open)), Unknown);
        assert_eq!(ask(&of("level"), Element::Record(&open)), False);
    }

    #[test]
    fn an_element_that_is_a_text_is_its_own_field() {
        let contains = Predicate::field("", FieldComparison::Contains(texts(&["b"])));
        assert_eq!(ask(&contains, Element::Text("aBc")), True);
        assert_eq!(ask(&contains, Element::Text("ac")), False);
        let matches = Predicate::field("", FieldComparison::Matches("x".to_owned()));
        assert_eq!(ask(&matches, Element::Text("a Match")), True);
        let field = Predicate::field("id", FieldComparison::IsNull);
        assert_eq!(ask(&field, Element::Text("a")), True);
    }

    #[test]
    fn connectives_are_kleenes_and_keep_their_order() {
        let is = |text: &str| Predicate::field("", FieldComparison::OneOf(texts(&[text])));
        let rows = [
            (
                Predicate::all([is("a"), Predicate::unknown()]),
                Unknown,
                False,
            ),
            (
                Predicate::any([is("a"), Predicate::unknown()]),
                True,
                Unknown,
            ),
            (Predicate::any([is("a"), is("b").negated()]), True, False),
            (Predicate::all([]), True, True),
            (Predicate::any([]), False, False),
            (
                Predicate::all([is("a"), Predicate::constant(true)]),
                True,
                False,
            ),
            (
                Predicate::all([is("a"), Predicate::constant(false)]),
                False,
                False,
            ),
        ];
        for (predicate, of_a, of_b) in rows {
            assert_eq!(ask(&predicate, Element::Text("A")), of_a, "{predicate}");
            assert_eq!(ask(&predicate, Element::Text("b")), of_b, "{predicate}");
            assert!(predicate.depth().is_some());
        }
        let text = Predicate::all([is("a"), Predicate::any([is("b"), is("c").negated()])]);
        assert_eq!(
            text.to_string(),
            r#"(_ = "a" and (_ = "b" or not _ = "c"))"#
        );
        assert_eq!(text.depth(), Some(3));
    }

    #[test]
    fn a_long_row_of_parts_needs_no_deep_stack_and_nonsense_is_unknown() {
        let many =
            (0..2000).map(|n| Predicate::field("", FieldComparison::OneOf(vec![n.to_string()])));
        let many = Predicate::any(many);
        assert_eq!(many.depth(), Some(2));
        assert_eq!(ask(&many, Element::Text("1999")), True);
        for steps in [
            vec![],
            vec![PredicateStep::And],
            vec![PredicateStep::Unknown; 2],
        ] {
            assert_eq!(Predicate::from_steps(steps).depth(), None);
        }
        let deep = Predicate::from_steps(vec![PredicateStep::Constant(true); 4096]);
        _ = ask(&deep, Element::Text(""));
        assert_eq!(
            ask(&Predicate::from_steps(vec![]), Element::Text("")),
            Unknown
        );
    }
}
