//! `location -in [Offices]`, `app -eq Payroll`: whole objects compared with names.

use gatewright_source::Span;
use gatewright_syntax::ast::{CompareOperator, Name, ObjectKind, Operand, OperatorToken};

use super::{ExprLowering, not};
use crate::model::{AppScope, Expr, Located, LocationScope, Scoped};
use crate::problems::expressions as problem;

impl ExprLowering<'_, '_> {
    /// A comparison of a whole object; `None` where the left side is none.
    pub(super) fn whole_object(
        &mut self,
        span: Span,
        left: &Operand,
        operator: &OperatorToken,
        right: &Operand,
    ) -> Option<Expr> {
        if self.cx.is_filter() || !self.cx.schema.is_entra {
            return None;
        }
        let Operand::Path { words, .. } = left else {
            return None;
        };
        let [object] = words.as_slice() else {
            return None;
        };
        let kind = match object.text.as_str() {
            "location" => ObjectKind::Location,
            "app" => ObjectKind::App,
            _ => return None,
        };
        let is_negated = matches!(
            operator.operator,
            CompareOperator::Ne | CompareOperator::NotIn
        );
        let is_list = matches!(
            operator.operator,
            CompareOperator::In | CompareOperator::NotIn
        );
        let is_one = matches!(operator.operator, CompareOperator::Eq | CompareOperator::Ne);
        if !is_list && !is_one {
            return Some(self.broken(problem::whole_object_operator(object, operator)));
        }
        let Some(items) = self.place_items(operator, is_list, right) else {
            return Some(self.silently_broken(span));
        };
        let expr = match kind {
            ObjectKind::Location => {
                let include = self.located(items, kind, location);
                include.map(|include| {
                    Expr::Location(Scoped {
                        include,
                        exclude: Vec::new(),
                        span,
                    })
                })
            }
            _ => {
                let groups = self.cx.symbols.map(|s| s.data);
                let app = |word: &str| app(groups, word);
                let include = self.located(items, kind, app);
                include.map(|include| {
                    Expr::App(Scoped {
                        include,
                        exclude: Vec::new(),
                        span,
                    })
                })
            }
        };
        Some(match expr {
            Some(expr) if is_negated => not(expr),
            Some(expr) => expr,
            None => self.silently_broken(span),
        })
    }

    /// The names on the right side: a list, or one where the operator takes one.
    fn place_items<'o>(
        &mut self,
        operator: &OperatorToken,
        is_list: bool,
        right: &'o Operand,
    ) -> Option<&'o [Operand]> {
        let problem = match right {
            Operand::List { items, span } if is_list && items.is_empty() => {
                problem::empty_list(*span)
            }
            Operand::List { items, .. } if is_list => return Some(items),
            Operand::List { items, span } => {
                problem::list_for_one(operator, *span, items.len(), true)
            }
            other if is_list => problem::one_for_list(operator, other.span()),
            other => return Some(std::slice::from_ref(other)),
        };
        self.problems.push(problem);
        None
    }

    /// Names and ids, each with what it stands for.
    fn located<T: FromId>(
        &mut self,
        items: &[Operand],
        kind: ObjectKind,
        special: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<Located<T>>> {
        let mut found = Vec::new();
        let mut is_whole = true;
        for item in items {
            let span = item.span();
            let value = match item {
                Operand::Path { words, .. } => match words.as_slice() {
                    [word] => {
                        special(&word.text).or_else(|| self.object_id(kind, word).map(T::from_id))
                    }
                    _ => {
                        self.problems.push(problem::name_expected(span, kind));
                        None
                    }
                },
                Operand::Text(text) => Some(T::from_id(text.value.clone())),
                Operand::Literal(id) => Some(T::from_id(id.text.clone())),
                Operand::List { .. } | Operand::Offset { .. } => {
                    self.problems.push(problem::name_expected(span, kind));
                    None
                }
            };
            match value {
                Some(value) => found.push(Located { value, span }),
                None => is_whole = false,
            }
        }
        is_whole.then_some(found)
    }

    /// The id that a name stands for; `None` after reporting.
    pub(super) fn object_id(&mut self, kind: ObjectKind, word: &Name) -> Option<String> {
        let Some(symbols) = self.cx.symbols else {
            self.problems.push(problem::name_without_project(word));
            return None;
        };
        match symbols.resolve(kind, word) {
            Ok(id) => Some(id),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }
}

trait FromId {
    fn from_id(id: String) -> Self;
}

impl FromId for LocationScope {
    fn from_id(id: String) -> Self {
        LocationScope::Named(id)
    }
}

impl FromId for AppScope {
    fn from_id(id: String) -> Self {
        AppScope::App(id)
    }
}

fn location(word: &str) -> Option<LocationScope> {
    match word {
        "all" => Some(LocationScope::All),
        "allTrusted" => Some(LocationScope::AllTrusted),
        _ => None,
    }
}

fn app(data: Option<&crate::data::Data>, word: &str) -> Option<AppScope> {
    if word == "all" {
        return Some(AppScope::All);
    }
    data?
        .find_app_group(word)
        .map(|group| AppScope::Group(group.name.clone()))
}
