//! Diagrams say what formulas say, whatever their shape, and stay small where they can.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod fixture;

use fixture::*;
use gatewright_decision::{
    Decisions, DrawOptions, Formula, Limits, NodeId, dot, dump, engine, statistics, svg,
    topological, worst_path,
};
use gatewright_hir::model::*;
use gatewright_value::Truth;
use gatewright_value::vocabulary::Reason;
use proptest::prelude::*;

/// Everything becomes a chain.
const CHAINS: Limits = Limits {
    condition_nodes_max: 0,
    policy_growth_max: 0,
    nodes_max: 0,
};

/// Conditions are ordered diagrams, policies link them one after the other.
const LINKED: Limits = Limits {
    policy_growth_max: 0,
    ..LARGE
};

const LARGE: Limits = Limits {
    condition_nodes_max: 10_000,
    policy_growth_max: 10_000,
    nodes_max: 1_000_000,
};

/// Tests over few attributes, so that they meet.
fn leaf() -> impl Strategy<Value = Expr> {
    let texts = || prop::collection::vec(prop::sample::select(vec!["a", "ab", "abc", "b"]), 0..3);
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let text = |attribute: &'static str| {
        (texts(), 0..5).prop_map(move |(texts, kind)| {
            let comparison = match kind {
                0 | 1 => Comparison::OneOf(owned(texts)),
                2 => Comparison::StartsWith(owned(texts)),
                3 => Comparison::EndsWith(owned(texts)),
                _ => Comparison::IsNull,
            };
            test(attribute, comparison)
        })
    };
    let is = prop::sample::select(vec![
        Comparison::IsTrue,
        Comparison::IsFalse,
        Comparison::IsNull,
    ]);
    let groups = texts().prop_map(move |texts| test("user.groups", Comparison::Has(owned(texts))));
    let now = (0u128..6, 0u128..3)
        .prop_map(|(first, length)| test("signIn.now", Comparison::Between(first, first + length)));
    let constant = prop::sample::select(vec![
        Expr::Constant(true),
        Expr::Constant(false),
        Expr::Unknown(gatewright_source::Span::default()),
    ]);
    prop_oneof![
        4 => text("device.displayName"),
        2 => text("user.department"),
        2 => is.prop_map(|comparison| test("device.isCompliant", comparison)),
        3 => groups,
        2 => now,
        1 => constant,
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::Any),
            inner.prop_map(not),
        ]
    })
}

/// A policy with two conditions of its own, for everybody.
fn both(left: Expr, right: Expr) -> Policy {
    let span = gatewright_source::Span::default();
    let devices = DeviceFilter {
        is_exclude: false,
        rule: left,
        text: String::new(),
        span,
    };
    let assignments = Assignments {
        devices: Some(devices),
        ..everybody()
    };
    Policy {
        when: Some(right),
        ..policy(assignments)
    }
}

fn text_fact() -> impl Strategy<Value = Option<Fact>> {
    let texts = prop::sample::select(vec!["", "a", "AB", "abc", "abd", "b", "c"]);
    prop_oneof![
        4 => texts.prop_map(|text| Some(Fact::from(text))),
        1 => Just(None),
        1 => Just(Some(Fact::Unknown)),
    ]
}

fn sign_in() -> impl Strategy<Value = SignIn> {
    let set = prop::sample::subsequence(vec!["a", "ab", "b", "z"], 0..4)
        .prop_map(|texts| Fact::Set(texts.into_iter().map(str::to_owned).collect()));
    let set = prop_oneof![4 => set, 1 => Just(Fact::Unknown)];
    let is = prop::sample::select(vec![
        Some(Fact::Bool(true)),
        Some(Fact::Bool(false)),
        None,
        Some(Fact::Unknown),
    ]);
    let now = prop_oneof![
        4 => (0u128..9).prop_map(|key| Some(Fact::Number(key))),
        1 => Just(None),
        1 => Just(Some(Fact::Unknown)),
    ];
    (text_fact(), text_fact(), is, set, now).prop_map(|(name, department, is, groups, now)| {
        let facts = [
            ("device.displayName", name),
            ("user.department", department),
            ("device.isCompliant", is),
            ("user.groups", Some(groups)),
            ("signIn.now", now),
        ];
        facts
            .into_iter()
            .fold(SignIn::user("mail"), |sign_in, (name, fact)| match fact {
                Some(fact) => sign_in.with(name, fact),
                None => sign_in,
            })
    })
}

/// Kleene's logic over the expression as it is written, without classes.
fn direct(expr: &Expr, sign_in: &SignIn) -> Truth {
    match expr {
        Expr::Constant(value) => Truth::from(*value),
        Expr::Not(inner) => !direct(inner, sign_in),
        Expr::All(parts) => parts
            .iter()
            .fold(Truth::True, |truth, part| truth.and(direct(part, sign_in))),
        Expr::Any(parts) => parts
            .iter()
            .fold(Truth::False, |truth, part| truth.or(direct(part, sign_in))),
        Expr::Test(test) => {
            let positive = compare(test, sign_in);
            if test.is_negated { !positive } else { positive }
        }
        _ => Truth::Unknown,
    }
}

fn compare(test: &Test, sign_in: &SignIn) -> Truth {
    let schema = schema();
    let fact = sign_in.fact(&schema.attribute(test.attribute).unwrap().name);
    let holds = match (&test.comparison, fact) {
        (_, Some(Fact::Unknown)) => return Truth::Unknown,
        (Comparison::IsNull, fact) => fact.is_none(),
        (Comparison::OneOf(texts), Some(Fact::Text(text))) => texts.contains(&text.to_lowercase()),
        (Comparison::StartsWith(texts), Some(Fact::Text(text))) => texts
            .iter()
            .any(|prefix| text.to_lowercase().starts_with(prefix)),
        (Comparison::EndsWith(texts), Some(Fact::Text(text))) => texts
            .iter()
            .any(|suffix| text.to_lowercase().ends_with(suffix)),
        (Comparison::Has(texts), Some(Fact::Set(elements))) => {
            texts.iter().any(|text| elements.contains(text))
        }
        (Comparison::IsTrue, Some(Fact::Bool(value))) => *value,
        (Comparison::IsFalse, Some(Fact::Bool(value))) => !*value,
        (Comparison::Between(first, last), Some(Fact::Number(key))) => {
            (first..=last).contains(&key)
        }
        _ => false,
    };
    Truth::from(holds)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn every_shape_says_what_the_expression_says(
        exprs in prop::collection::vec((expr(), expr()), 1..4),
        sign_ins in prop::collection::vec(sign_in(), 8),
    ) {
        let set = set(exprs.iter().cloned().map(|(left, right)| both(left, right)).collect());
        for limits in [Limits::default(), CHAINS, LINKED, LARGE] {
            let decisions = gatewright_decision::build(&set, &limits);
            prop_assert_eq!(decisions.verify(), Ok(()));
            for sign_in in &sign_ins {
                let classes = sign_in.encode(&decisions.space);
                for (at, (left, right)) in exprs.iter().enumerate() {
                    let (left, right) = (direct(left, sign_in), direct(right, sign_in));
                    prop_assert_eq!(engine::condition(&decisions, at, 2, &classes), left);
                    prop_assert_eq!(engine::condition(&decisions, at, 3, &classes), right);
                    let applies = engine::policy(&decisions, at, &classes);
                    prop_assert_eq!(applies, left.and(right));
                }
            }
        }
    }

    #[test]
    fn diagrams_and_chains_agree_with_the_formula_at_all_classes(expr in expr()) {
        let set = set(vec![when(expr)]);
        let ordered = gatewright_decision::build(&set, &Limits::default());
        let chains = gatewright_decision::build(&set, &CHAINS);
        let known = |variable| ordered.space.known(variable);
        for classes in class_vectors(&ordered) {
            let formula = &ordered.policies[0].conditions[0].formula;
            let expected = formula.evaluate(&classes, &known);
            prop_assert_eq!(engine::policy(&ordered, 0, &classes), expected);
            prop_assert_eq!(engine::policy(&chains, 0, &classes), expected);
        }
    }
}

/// All vectors of classes, or many where there are too many.
fn class_vectors(decisions: &Decisions) -> Vec<Vec<u32>> {
    const MANY: usize = 3000;
    let mut vectors = vec![Vec::new()];
    for variable in &decisions.space.variables {
        let longer = vectors.iter().flat_map(|vector| {
            (0..variable.class_count).map(|class| vector.iter().copied().chain([class]).collect())
        });
        vectors = longer.collect();
        let step = vectors.len().div_ceil(MANY);
        vectors = vectors.into_iter().step_by(step).collect();
    }
    vectors
}

#[test]
fn equal_functions_are_one_node() {
    let (a, b) = (
        one_of("user.department", &["a"]),
        test("device.isCompliant", Comparison::IsTrue),
    );
    let either = Expr::Any(vec![a.clone(), b.clone()]);
    let same = not(Expr::All(vec![not(b), not(a.clone()), not(a)]));
    let decisions = build(&set(vec![when(either), when(same)]));
    assert_eq!(decisions.policies[0].roots, decisions.policies[1].roots);
}

#[test]
fn a_list_of_ten_thousand_users_is_one_test() {
    let ids: Vec<UserScope> = (0..10_000)
        .map(|n| UserScope::User(format!("u{n:05}")))
        .collect();
    let decisions = build(&set(vec![policy(users(ids, vec![]))]));
    let found = statistics(&decisions);
    assert!(found.policies[0].longest_path <= 6, "{:?}", found.policies);
    assert_eq!(found.fallbacks, []);
}

#[test]
fn chains_of_tests_stay_linear() {
    let text = |n: usize| format!("t{n:05}");
    let equal: Vec<Expr> = (0..30_000)
        .map(|n| one_of("user.department", &[&text(n)]))
        .collect();
    let unequal: Vec<Expr> = equal.iter().cloned().map(not).collect();
    let has: Vec<Expr> = (0..30_000)
        .map(|n| test("user.groups", Comparison::Has(vec![text(n)])))
        .collect();
    let decisions = build(&set(vec![
        when(Expr::Any(equal)),
        when(Expr::All(unequal)),
        when(Expr::Any(has)),
    ]));
    let found = statistics(&decisions);
    let counts: Vec<usize> = found
        .policies
        .iter()
        .map(|policy| policy.node_count)
        .collect();
    assert_eq!(counts, [2, 2, 60_000]);
    assert_eq!(found.fallbacks, []);
    assert_eq!(found.worst, Some(2));
    assert_eq!(
        worst_path(&decisions, decisions.policies[2].roots.possible).len(),
        30_000
    );
}

#[test]
fn three_hundred_groups_with_exclusions_take_two_nodes_each() {
    let groups = |from: usize| {
        (from..from + 300)
            .map(|n| group(&format!("g{n}")))
            .collect()
    };
    let decisions = build(&set(vec![policy(users(groups(0), groups(300)))]));
    let found = statistics(&decisions);
    assert!(
        found.policies[0].node_count <= 2 * 600 + 12,
        "{:?}",
        found.policies
    );
    assert_eq!(found.fallbacks, []);
}

/// `(a1 ∧ b1) ∨ (a2 ∧ b2) ∨ …`
fn pairs(count: usize) -> Expr {
    let has = |text: String| test("user.groups", Comparison::Has(vec![text]));
    let pair = |n| Expr::All(vec![has(format!("a{n}")), has(format!("b{n}"))]);
    Expr::Any((0..count).map(pair).collect())
}

#[test]
fn what_is_tested_together_stands_together() {
    let decisions = build(&set(vec![when(pairs(200))]));
    let found = statistics(&decisions);
    assert_eq!(found.fallbacks, []);
    assert!(found.policies[0].node_count < 2000, "{:?}", found.policies);
}

#[test]
fn a_diagram_that_explodes_under_the_order_becomes_a_chain() {
    let has = |text: String| test("user.groups", Comparison::Has(vec![text]));
    let all = |name: &str| Expr::All((0..24).map(|n| has(format!("{name}{n}"))).collect());
    // The first policy puts all `a` before all `b`.
    let decisions = build(&set(vec![
        when(Expr::Any(vec![all("a"), all("b")])),
        when(pairs(24)),
    ]));
    let found = statistics(&decisions);
    let chained: Vec<(usize, Option<Reason>)> = found
        .fallbacks
        .iter()
        .map(|fallback| (fallback.policy, fallback.condition))
        .collect();
    assert_eq!(chained, [(1, None), (1, Some(Reason::When))]);
    assert!(found.node_count < 300, "{}", found.node_count);
    assert!(found.policies[1].longest_path <= 48);
    let member = |groups: [&str; 2]| {
        let classes = SignIn::default()
            .with("user.groups", groups)
            .encode(&decisions.space);
        engine::policy(&decisions, 1, &classes)
    };
    assert_eq!(member(["a7", "b7"]), Truth::True);
    assert_eq!(member(["a7", "b8"]), Truth::False);
}

#[test]
fn many_policies_that_explode_cost_their_budget_and_no_more() {
    let has = |text: String| test("user.groups", Comparison::Has(vec![text]));
    let all = |name: &str| Expr::All((0..24).map(|n| has(format!("{name}{n}"))).collect());
    let mut policies = vec![when(Expr::Any(vec![all("a"), all("b")]))];
    policies.extend((0..20).map(|n| when(pairs(24 - n % 3))));
    let decisions = build(&set(policies));
    let found = statistics(&decisions);
    assert_eq!(found.fallbacks.len(), 40);
    assert!(
        found.node_count < 600,
        "equal chains are one: {}",
        found.node_count
    );
}

#[test]
fn deep_nesting_is_within_an_ordinary_stack() {
    let mut expr = test("device.isCompliant", Comparison::IsTrue);
    for depth in 0..1024 {
        let group = test("user.groups", Comparison::Has(vec![format!("g{depth}")]));
        let parts = vec![expr, group];
        let nested = if depth % 2 == 0 {
            Expr::All(parts)
        } else {
            Expr::Any(parts)
        };
        expr = Expr::Not(Box::new(nested));
    }
    let found = statistics(&build(&set(vec![when(expr)])));
    assert_eq!(found.policies[0].longest_path, 1025);
}

/// Policies that share nothing but the shape.
fn generated(count: usize) -> PolicySet {
    let one = |n: usize| {
        let scope = users(
            vec![group(&format!("g{n}")), UserScope::User(format!("u{n}"))],
            vec![
                group(&format!("x{}", n % 100)),
                UserScope::User("break-glass".into()),
            ],
        );
        let (include, exclude) = match n % 3 {
            0 => (vec![AppScope::All], vec![app(&format!("a{n}"))]),
            _ => (vec![app(&format!("a{n}")), app("mail")], vec![]),
        };
        let target = Target::Apps(fixture::scope(include, exclude));
        named(&format!("p{n}"), Assignments { target, ..scope })
    };
    set((0..count).map(one).collect())
}

#[test]
fn a_thousand_policies_take_tens_of_nodes_each() {
    let decisions = build(&generated(1000));
    let found = statistics(&decisions);
    assert_eq!(found.fallbacks, []);
    assert!(found.node_count < 40_000, "{}", found.node_count);
    assert!(
        found
            .policies
            .iter()
            .all(|policy| policy.longest_path <= 12)
    );
    let twice = build(&generated(1000));
    assert_eq!(found, statistics(&twice));
}

#[test]
fn cheap_dimensions_are_tested_first() {
    let groups = (0..20).map(|n| group(&format!("g{n}"))).collect();
    let clients = Some(members(vec![
        gatewright_value::vocabulary::ClientApp::Browser,
    ]));
    let one = policy(Assignments {
        clients,
        ..users(groups, vec![])
    });
    let names: Vec<String> = statistics(&build(&set(vec![one])))
        .order
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names[0], "signIn.client");
    assert_eq!(
        names.last().map(String::as_str),
        Some("user.groups has \"g19\"")
    );
}

#[test]
fn parents_come_before_children_in_topological_order() {
    let decisions = build(&generated(20));
    let order = topological(&decisions.dag, &decisions.roots());
    let place = |id: NodeId| order.iter().position(|other| *other == id);
    for (at, id) in order.iter().enumerate() {
        let children = decisions
            .dag
            .node(*id)
            .unwrap()
            .edges
            .iter()
            .map(|edge| edge.child);
        assert!(
            children
                .filter(|child| !child.is_terminal())
                .all(|child| place(child) > Some(at))
        );
    }
    assert_eq!(
        order.len() + 2,
        decisions.dag.node_count(),
        "everything is reachable"
    );
}

#[test]
fn pictures_show_classes_in_words() {
    let expr = Expr::All(vec![
        test("user.groups", Comparison::Has(vec!["hr".into()])),
        not(one_of("signIn.client", &["browser"])),
    ]);
    let decisions = build(&set(vec![when(expr)]));
    let options = DrawOptions {
        names: vec!["hr \"desk\"".into()],
        ..DrawOptions::default()
    };
    assert_eq!(
        dump(&decisions, &options),
        "n2: signIn.client  other, null → true · \"browser\", unknown → false\n\
         n3: user.groups has \"hr\"  false, unknown → false · true → n2\n\
         n4: signIn.client  other, null … unknown → true · \"browser\" → false\n\
         n5: user.groups has \"hr\"  false → false · true … unknown → n4\n\
         hr \"desk\", certainly: n3\n\
         hr \"desk\", possibly: n5\n"
    );
    let dot = dot(&decisions, &options);
    for line in [
        "label=\"hr \\\"desk\\\"\";",
        "p0n0 [label=\"user.groups has \\\"hr\\\"\"];",
        "p0n0 -> p0n1 [label=\"true\",",
        "p0n0 -> p0n2 [label=\"unknown\", tooltip=",
        "hr\\\": unknown\", style=dotted];",
        "p0may [label=\"may apply\"",
    ] {
        assert!(dot.contains(line), "{line}\n{dot}");
    }
}

#[test]
fn a_picture_tells_what_applies_and_what_is_missing() {
    let expr = Expr::All(vec![
        test("user.groups", Comparison::Has(vec!["<hr>".into()])),
        not(one_of("signIn.client", &["browser"])),
    ]);
    let decisions = build(&set(vec![when(expr), when(Expr::Constant(true))]));
    let options = DrawOptions {
        names: vec!["a & b".into(), "all".into()],
        effects: vec!["blocks \"it\"".into()],
        ..DrawOptions::default()
    };
    let picture = svg(&decisions, &options, "T");
    assert_eq!(picture, svg(&decisions, &options, "T"));
    for part in [
        ">a &amp; b</text>",
        ">blocks &quot;it&quot;</text>",
        ">applies</text>",
        ">may apply</text>",
        ">always applies</text>",
        "user.groups has &quot;&lt;hr&gt;&quot;: unknown</title><path class=\"line unknown\"",
        "2 policies",
    ] {
        assert!(picture.contains(part), "{part}\n{picture}");
    }
    assert!(!picture.contains("<hr>"));
}

#[test]
fn a_large_set_is_drawn_in_part() {
    let decisions = build(&set(vec![when(Expr::Constant(true)); 61]));
    let options = DrawOptions {
        choice: "choose others",
        ..DrawOptions::default()
    };
    let picture = svg(&decisions, &options, "T");
    assert!(picture.contains("the first 60 of 61 policies; choose others"));
}

#[test]
fn a_policy_without_conditions_always_applies() {
    let decisions = build(&set(vec![when(Expr::Constant(true))]));
    assert_eq!(decisions.policies[0].roots.certain, NodeId::TRUE);
    assert_eq!(*decisions.policies[0].conditions[0].formula, Formula::True);
}
